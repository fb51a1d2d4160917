// Where the real data of tests is.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

namespace cofi::test {

// $COFI_DATA/<name>, or nothing and a line that makes CTest count the test as skipped:
//   const auto folder = cofi::test::data_folder("ml-100k");
//   if (!folder) return;
inline std::optional<std::string> data_folder(const std::string& name) {
  const char* root = std::getenv("COFI_DATA");
  if (root != nullptr && std::filesystem::exists(std::filesystem::path(root) / name)) {
    return std::filesystem::absolute(std::filesystem::path(root) / name).string();
  }
  std::cout << "[skipped] needs " << name << " in the folder that COFI_DATA names ("
            << (root == nullptr ? "not set" : root) << ")\n";
  return std::nullopt;
}

}  // namespace cofi::test
