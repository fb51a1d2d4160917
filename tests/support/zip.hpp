// Writes a .zip. A test that includes it links LibArchive::LibArchive.
#pragma once

#include <archive.h>

#include <archive_entry.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cofi::test {

inline std::string write_zip(const std::string& path,
                             const std::vector<std::pair<std::string, std::string>>& files) {
  archive* out = archive_write_new();
  archive_write_set_format_zip(out);
  bool good = archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK;
  for (const auto& [name, text] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    good = good && archive_write_header(out, entry) == ARCHIVE_OK;
    good = good && archive_write_data(out, text.data(), text.size()) ==
                       static_cast<la_ssize_t>(text.size());
    archive_entry_free(entry);
  }
  good = archive_write_close(out) == ARCHIVE_OK && good;
  archive_write_free(out);
  if (!good) throw std::runtime_error("cannot write " + path);
  return path;
}

}  // namespace cofi::test
