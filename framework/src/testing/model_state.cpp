#include "testing/model_state.hpp"

#include <filesystem>
#include <stdlib.h>  // mkdtemp
#include <string>
#include <vector>

#include "cofi/archive.hpp"

namespace cofi::testing {
namespace {

// A file's name in a folder of its own, gone with the object.
class TempFile {
 public:
  TempFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cofi-check-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw Error("cannot make a folder ", pattern);
    folder_ = pattern;
  }
  ~TempFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  std::string path() const { return (folder_ / "state").string(); }

 private:
  std::filesystem::path folder_;
};

Archive written(Model& model) {
  Archive archive;
  model.state(archive);
  return archive;
}

}  // namespace

std::string saved_bytes(Model& model) {
  const std::vector<char> bytes = written(model).bytes();
  return {bytes.begin(), bytes.end()};
}

Archive through_file(const Archive& archive) {
  const TempFile file;
  archive.write(file.path());
  return Archive::read(file.path());
}

void save_and_load(Model& from, Model& into) {
  Archive archive = through_file(written(from));
  into.state(archive);
}

std::vector<std::string> state_names(Model& model) { return written(model).names(); }

}  // namespace cofi::testing
