// Named values of a model, written and read by the same code, in a file that Python opens with
// torch.load (a dictionary of tensors, numbers and strings).
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

class COFI_API Archive {
 public:
  Archive();  // empty, to write into
  // Reads a file that write() made; tensors land on the device. An Error where it is damaged.
  static Archive read(const std::string& path, c10::Device device = c10::kCPU);
  // The same of such a file's bytes; messages call it `name`.
  static Archive parse(const std::vector<char>& bytes, const std::string& name,
                       c10::Device device = c10::kCPU);

  // Writing: remembers the value under the name (a name twice is a bug). Reading: sets the value;
  // an Error where the name is missing or of another type. So that one function serves both:
  //   void state(Archive& a) { a("user_factors", user_factors_); a("mean", mean_); }
  void operator()(const std::string& name, at::Tensor& value);
  void operator()(const std::string& name, double& value);
  void operator()(const std::string& name, std::int64_t& value);
  void operator()(const std::string& name, std::string& value);
  void operator()(const std::string& name, std::vector<std::string>& value);
  // Numbers: a tensor of one dimension in the file. Reading gives them on the CPU.
  void operator()(const std::string& name, std::vector<float>& value);
  void operator()(const std::string& name, std::vector<double>& value);
  void operator()(const std::string& name, std::vector<std::int32_t>& value);
  void operator()(const std::string& name, std::vector<std::int64_t>& value);

  bool reading() const;
  bool has(const std::string& name) const;
  std::vector<std::string> names() const;
  // The same archive, with every name under "prefix.".
  Archive child(const std::string& prefix) const;
  // The same archive, whose tensors are read onto the CPU: for models that compute there alone.
  Archive on_cpu() const;
  // What was written, to be read again (a copy in memory that shares the tensors).
  Archive reopened() const;
  // The same with tensors of its own: later changes of the originals do not show.
  Archive snapshot() const;
  // Writes all of another archive's values, under this one's prefix.
  void add(const Archive& other);

  // The n-th of `count` shards of what was written: of each tensor with at least `count` rows about
  // as many of them as the others have; whatever else there is, in the first.
  Archive shard(int n, int count) const;
  // What the shards, all of them and in order, are of.
  static Archive joined(const std::vector<Archive>& shards);

  // The file's bytes; they depend on the contents alone.
  std::vector<char> bytes() const;
  // Whole or not at all.
  void write(const std::string& path) const;

 private:
  struct Contents;
  Archive(std::shared_ptr<Contents> contents, std::string prefix);

  std::shared_ptr<Contents> contents_;
  std::string prefix_;
  bool on_cpu_ = false;
};

}  // namespace cofi
