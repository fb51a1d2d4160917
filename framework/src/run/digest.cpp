#include "run/digest.hpp"

#include <openssl/evp.h>

#include <dlfcn.h>
#include <filesystem>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include "cofi/files.hpp"

namespace cofi::run {
namespace {

std::string hex_of(const unsigned char* bytes, unsigned count) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned n = 0; n < count; ++n) {
    text += kDigits[bytes[n] >> 4];
    text += kDigits[bytes[n] & 15];
  }
  return text;
}

// The files whose digests this process knows, with their stamps.
struct KnownDigests {
  std::mutex mutex;
  std::map<std::string, std::pair<data::FileStamp, std::string>> of;
};
KnownDigests& known_digests() {
  static KnownDigests known;
  return known;
}

void add(Digest& digest, const Interactions& interactions) {
  digest.values(interactions.users.view());
  digest.values(interactions.items.view());
  digest.values(interactions.values.view());
  digest.values(interactions.times.view());
}

void add(Digest& digest, const Vocabulary& vocabulary) {
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) digest.text(vocabulary.name(id));
  digest.text(std::to_string(vocabulary.size()));
}

}  // namespace

Digest::Digest()
    : context_(EVP_MD_CTX_new(),
               [](void* context) { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }) {
  if (!context_) throw std::bad_alloc();
  EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), EVP_sha256(), nullptr);
}

void Digest::text(std::string_view text) {
  auto* context = static_cast<EVP_MD_CTX*>(context_.get());
  const std::uint64_t size = text.size();
  EVP_DigestUpdate(context, &size, sizeof size);
  EVP_DigestUpdate(context, text.data(), text.size());
}

std::string Digest::hex() {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned count = 0;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), bytes, &count);
  return hex_of(bytes, count);
}

std::string digest_of_text(std::string_view text) {
  Digest digest;
  digest.text(text);
  return digest.hex();
}

// Unlike the other digests this one is of the bytes alone: what sha256sum prints.
std::string file_of_source(std::string source) {
  std::error_code unreadable;
  while (!source.empty() && !std::filesystem::is_regular_file(source, unreadable)) {
    const std::size_t colon = source.rfind(':');
    source.resize(colon == std::string::npos ? 0 : colon);
  }
  return source;
}

std::string digest_of_file(const std::string& path) {
  const auto stamp = data::FileStamp::of(path);
  {
    const std::lock_guard lock(known_digests().mutex);
    const auto found = known_digests().of.find(path);
    if (found != known_digests().of.end() && found->second.first == stamp) {
      return found->second.second;
    }
  }
  const FileBytes file = FileBytes::open(path);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned count = 0;
  EVP_Digest(file.bytes().data(), file.bytes().size(), bytes, &count, EVP_sha256(), nullptr);
  const std::string digest = hex_of(bytes, count);
  const std::lock_guard lock(known_digests().mutex);
  known_digests().of[path] = {stamp, digest};
  return digest;
}

void know_digest_of_file(const std::string& path, const data::FileStamp& stamp,
                         const std::string& digest) {
  const std::lock_guard lock(known_digests().mutex);
  known_digests().of[path] = {stamp, digest};
}

std::string digest_of(const Data& data) {
  Digest digest;
  add(digest, data.interactions);
  add(digest, data.users);
  add(digest, data.items);
  const float scale[] = {data.scale.low, data.scale.high};
  digest.values(View<float>(scale));
  digest.values(data.expected.view());
  for (const auto& [name, interactions] : data.feedback) {
    digest.text(name);
    add(digest, interactions);
  }
  for (const std::string& title : data.titles) digest.text(title);
  for (const auto& tags : data.tags) {
    for (const std::string& tag : tags) digest.text(tag);
    digest.text(std::to_string(tags.size()));
  }
  return digest.hex();
}

std::string digest_of(const Split& split) {
  Digest digest;
  digest.values(View<std::int32_t>(split.train));
  digest.values(View<std::int32_t>(split.validation));
  digest.values(View<std::int32_t>(split.test));
  digest.values(View<std::int32_t>(split.fold_in));
  return digest.hex();
}

std::string digest_of(const Vocabulary& vocabulary) {
  Digest digest;
  add(digest, vocabulary);
  return digest.hex();
}

std::string path_of_framework() {
  Dl_info info{};
  static const char here = 0;
  if (dladdr(&here, &info) == 0 || info.dli_fname == nullptr) return "/proc/self/exe";
  return info.dli_fname;
}

std::string digest_of_framework() { return digest_of_file(path_of_framework()); }

}  // namespace cofi::run
