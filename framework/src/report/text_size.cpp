#include "report/text_size.hpp"

#include <cstdint>

namespace cofi::report {
namespace {

// The bytes of the character that starts here, or 0 where they are no UTF-8.
std::size_t character_bytes(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t n) {
    return n < text.size() ? static_cast<unsigned char>(text[n]) : 0U;
  };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t count = first >= 0xc2 && first < 0xe0   ? 2
                            : first >= 0xe0 && first < 0xf0 ? 3
                            : first >= 0xf0 && first < 0xf5 ? 4
                                                            : 0;
  for (std::size_t n = 1; n < count; ++n) {
    if ((byte(at + n) & 0xc0U) != 0x80) return 0;
  }
  // Longer than need be, surrogates, beyond Unicode.
  if (first == 0xe0 && byte(at + 1) < 0xa0) return 0;
  if (first == 0xed && byte(at + 1) >= 0xa0) return 0;
  if (first == 0xf0 && byte(at + 1) < 0x90) return 0;
  if (first == 0xf4 && byte(at + 1) >= 0x90) return 0;
  return count;
}

// In ems.
double character_width(const std::string& text, std::size_t at, std::size_t bytes) {
  if (bytes >= 3) return 1.05;
  if (bytes == 2) return 0.68;
  const char c = text[at];
  if (std::string("ijl|'.,:;! I").find(c) != std::string::npos) return 0.34;
  if (std::string("frt()[]/-\"").find(c) != std::string::npos) return 0.44;
  if (std::string("mwMW@%+=<>#~").find(c) != std::string::npos) return 0.98;
  if (c >= 'A' && c <= 'Z') return 0.74;
  return 0.64;
}

}  // namespace

double text_width(const std::string& text, double size) {
  double ems = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = std::max<std::size_t>(character_bytes(text, at), 1);
    ems += character_width(text, at, bytes);
    at += bytes;
  }
  return ems * size;
}

std::vector<std::string> wrapped(const std::string& text, double size, double width) {
  std::vector<std::string> lines;
  std::string line;
  double used = 0;
  std::size_t good = 0;  // where the line may be broken
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = std::max<std::size_t>(character_bytes(text, at), 1);
    const double more = character_width(text, at, bytes) * size;
    if (used + more > width && !line.empty() && text[at] != ' ') {
      const std::size_t end = good > 0 ? good : line.size();
      std::string rest = line.substr(end);
      line.resize(end);
      while (!line.empty() && line.back() == ' ') line.pop_back();
      lines.push_back(std::move(line));
      line = std::move(rest);
      used = text_width(line, size);
      good = 0;
    }
    line.append(text, at, bytes);
    used += more;
    at += bytes;
    if (line.back() == ' ' || line.back() == ',') good = line.size();
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string printable(const std::string& text) {
  std::string good;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = character_bytes(text, at);
    if (bytes == 0) {
      good += '?';
    } else if (bytes == 1 && (static_cast<unsigned char>(text[at]) < 0x20 || text[at] == 0x7f)) {
      good += ' ';
    } else {
      good.append(text, at, bytes);
    }
    at += std::max<std::size_t>(bytes, 1);
  }
  return good;
}

}  // namespace cofi::report
