// SHA-256 of what a run depends on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cofi/column.hpp"
#include "cofi/data.hpp"
#include "cofi/split.hpp"

#include "data/file_trace.hpp"

namespace cofi::run {

// A digest under way. Every piece is preceded by its length, so that two pieces cannot be taken for
// one.
class COFI_API Digest {
 public:
  Digest();

  void text(std::string_view text);
  template <class T>
  void values(View<T> values) {
    text({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
  }
  std::string hex();  // ends the digest

 private:
  std::shared_ptr<void> context_;
};

COFI_API std::string digest_of_text(std::string_view text);
// Of a file's bytes; an Error where it cannot be read. Each file is read once a process,
// unless it changes.
COFI_API std::string digest_of_file(const std::string& path);
// The file that a source is or lies in ("ml.zip:ml/u.data" lies in ml.zip); empty where it is none.
std::string file_of_source(std::string source);
// Makes a digest known that was taken when the file had this stamp.
void know_digest_of_file(const std::string& path, const data::FileStamp& stamp,
                         const std::string& digest);
// Of the interactions, vocabularies, scale, feedback, titles and tags: of what a fit can see.
COFI_API std::string digest_of(const Data& data);
COFI_API std::string digest_of(const Split& split);
COFI_API std::string digest_of(const Vocabulary& vocabulary);
// Of libcofi itself, as it is loaded in this process.
COFI_API std::string digest_of_framework();
COFI_API std::string path_of_framework();

}  // namespace cofi::run
