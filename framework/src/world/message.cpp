#include "world/message.hpp"

namespace cofi::world {
namespace {

void put_length(std::string& bytes, std::size_t length) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<char>((length >> shift) & 0xff));
  }
}

std::size_t length_at(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t n = 0; n < 4; ++n) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[n])) << (8 * n);
  }
  return length;
}

}  // namespace

std::string pack(const Message& message) {
  std::string body;
  for (const std::string& text : message) {
    put_length(body, text.size());
    body += text;
  }
  if (body.size() > kLongestMessage) {
    throw Error("a message of ", body.size(), " bytes is too long for the world's store, which ",
                "takes ", kLongestMessage);
  }
  return body;
}

Message unpack(std::string_view body) {
  Message message;
  while (!body.empty()) {
    if (body.size() < kFrameHead || body.size() - kFrameHead < length_at(body)) {
      throw Error("what arrived is no message of the world's store");
    }
    const std::size_t length = length_at(body);
    message.emplace_back(body.substr(kFrameHead, length));
    body.remove_prefix(kFrameHead + length);
  }
  return message;
}

std::string frame_head(std::size_t body_size) {
  std::string head;
  put_length(head, body_size);
  return head;
}

std::size_t body_size(std::string_view head, std::size_t longest) {
  const std::size_t length = length_at(head);
  if (length > longest) throw Error("what arrived is no message of the world's store");
  return length;
}

}  // namespace cofi::world
