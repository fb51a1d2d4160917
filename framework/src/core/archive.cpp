#include "cofi/archive.hpp"

#include <ATen/core/Dict.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "cofi/files.hpp"

namespace cofi {
namespace {

// On the CPU and with a storage of its own: all of a view's would be written, the padding between
// its rows and the rows that it leaves out.
at::Tensor alone(const at::Tensor& tensor) {
  const at::Tensor whole = tensor.cpu().contiguous();
  const auto bytes = static_cast<std::size_t>(whole.numel()) * whole.element_size();
  return whole.storage().nbytes() == bytes ? whole : whole.clone();
}

}  // namespace

struct Archive::Contents {
  bool reading = false;
  std::string path;  // for messages; empty in memory
  std::map<std::string, c10::IValue> values;

  const c10::IValue& at(const std::string& name) const {
    const auto found = values.find(name);
    if (found == values.end()) throw damaged("has no '" + name + "'");
    return found->second;
  }
  Error damaged(const std::string& why) const {
    return Error(path.empty() ? "archive" : path, ": ", why,
                 "; it is damaged or was written by another version");
  }
  void put(const std::string& name, c10::IValue value) {
    if (!values.emplace(name, std::move(value)).second) {
      throw std::logic_error("archive: '" + name + "' written twice");
    }
  }
};

Archive::Archive() : contents_(std::make_shared<Contents>()) {}
Archive::Archive(std::shared_ptr<Contents> contents, std::string prefix)
    : contents_(std::move(contents)), prefix_(std::move(prefix)) {}

Archive Archive::read(const std::string& path, c10::Device device) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error("cannot open ", path);
  return parse({std::istreambuf_iterator<char>(file), {}}, path, device);
}

Archive Archive::parse(const std::vector<char>& bytes, const std::string& name,
                       c10::Device device) {
  auto contents = std::make_shared<Contents>();
  contents->reading = true;
  contents->path = name;
  try {
    const c10::IValue all = torch::jit::pickle_load(bytes);
    for (const auto& entry : all.toGenericDict()) {
      c10::IValue value = entry.value();
      if (value.isTensor()) value = value.toTensor().to(device);
      contents->values.emplace(entry.key().toStringRef(), std::move(value));
    }
  } catch (const std::exception&) {
    throw contents->damaged("is not a saved model or checkpoint");
  }
  return {contents, ""};
}

#define COFI_ARCHIVE_VALUE(Type, is, to, make)                                            \
  void Archive::operator()(const std::string& name, Type& value) {                        \
    if (!contents_->reading) return contents_->put(prefix_ + name, make);                 \
    const c10::IValue& stored = contents_->at(prefix_ + name);                            \
    if (!stored.is()) throw contents_->damaged("'" + prefix_ + name + "' is not " #Type); \
    value = stored.to();                                                                  \
  }

COFI_ARCHIVE_VALUE(double, isDouble, toDouble, value)
COFI_ARCHIVE_VALUE(std::int64_t, isInt, toInt, value)
COFI_ARCHIVE_VALUE(std::string, isString, toStringRef, value)
#undef COFI_ARCHIVE_VALUE

void Archive::operator()(const std::string& name, at::Tensor& value) {
  if (!contents_->reading) return contents_->put(prefix_ + name, value.detach());
  const c10::IValue& stored = contents_->at(prefix_ + name);
  if (!stored.isTensor()) throw contents_->damaged("'" + prefix_ + name + "' is not at::Tensor");
  value = on_cpu_ ? stored.toTensor().cpu() : stored.toTensor();
}

void Archive::operator()(const std::string& name, std::vector<std::string>& value) {
  if (!contents_->reading) {
    c10::List<std::string> list;
    for (const std::string& text : value) list.push_back(text);
    return contents_->put(prefix_ + name, list);
  }
  const c10::IValue& stored = contents_->at(prefix_ + name);
  if (!stored.isList()) throw contents_->damaged("'" + prefix_ + name + "' is not a list");
  value.clear();
  for (const c10::IValue& text : stored.toListRef()) value.push_back(text.toStringRef());
}

#define COFI_ARCHIVE_NUMBERS(Type, kind)                                                       \
  void Archive::operator()(const std::string& name, std::vector<Type>& value) {                \
    at::Tensor tensor;                                                                         \
    if (!contents_->reading) {                                                                 \
      tensor = at::empty({static_cast<std::int64_t>(value.size())}, kind);                     \
      std::copy(value.begin(), value.end(), tensor.data_ptr<Type>());                          \
    }                                                                                          \
    on_cpu()(name, tensor);                                                                    \
    if (!contents_->reading) return;                                                           \
    if (tensor.scalar_type() != (kind) || tensor.dim() != 1) {                                 \
      throw contents_->damaged("'" + prefix_ + name + "' is not a list of " #Type " numbers"); \
    }                                                                                          \
    tensor = tensor.contiguous();                                                              \
    value.assign(tensor.data_ptr<Type>(), tensor.data_ptr<Type>() + tensor.numel());           \
  }

COFI_ARCHIVE_NUMBERS(float, at::kFloat)
COFI_ARCHIVE_NUMBERS(double, at::kDouble)
COFI_ARCHIVE_NUMBERS(std::int32_t, at::kInt)
COFI_ARCHIVE_NUMBERS(std::int64_t, at::kLong)
#undef COFI_ARCHIVE_NUMBERS

bool Archive::reading() const { return contents_->reading; }
bool Archive::has(const std::string& name) const { return contents_->values.count(prefix_ + name); }

std::vector<std::string> Archive::names() const {
  std::vector<std::string> found;
  for (const auto& [name, value] : contents_->values) {
    if (name.compare(0, prefix_.size(), prefix_) == 0) found.push_back(name.substr(prefix_.size()));
  }
  return found;
}

Archive Archive::child(const std::string& prefix) const {
  Archive same = *this;
  same.prefix_ += prefix + ".";
  return same;
}

Archive Archive::on_cpu() const {
  Archive same = *this;
  same.on_cpu_ = true;
  return same;
}

Archive Archive::reopened() const {
  auto contents = std::make_shared<Contents>(*contents_);
  contents->reading = true;
  return {contents, prefix_};
}

Archive Archive::snapshot() const {
  auto contents = std::make_shared<Contents>();
  contents->reading = true;
  contents->path = contents_->path;
  for (const std::string& name : names()) {
    const c10::IValue& value = contents_->values.at(prefix_ + name);
    contents->values.emplace(name, value.isTensor() ? value.toTensor().clone() : value);
  }
  return {contents, ""};
}

void Archive::add(const Archive& other) {
  for (const std::string& name : other.names()) {
    contents_->put(prefix_ + name, other.contents_->values.at(other.prefix_ + name));
  }
}

Archive Archive::shard(int n, int count) const {
  auto contents = std::make_shared<Contents>();
  for (const auto& [name, value] : contents_->values) {
    const at::Tensor tensor = value.isTensor() ? value.toTensor() : at::Tensor();
    if (tensor.defined() && tensor.dim() > 0 && tensor.size(0) >= count) {
      const std::int64_t first = tensor.size(0) * n / count;
      const std::int64_t last = tensor.size(0) * (n + 1) / count;
      contents->values.emplace(name, tensor.narrow(0, first, last - first));
    } else if (n == 0) {
      contents->values.emplace(name, value);
    }
  }
  return {contents, ""};
}

Archive Archive::joined(const std::vector<Archive>& shards) {
  auto contents = std::make_shared<Contents>(*shards.front().contents_);
  for (auto& [name, value] : contents->values) {
    if (!value.isTensor()) continue;
    std::vector<at::Tensor> pieces;
    for (const Archive& shard : shards) {
      if (shard.has(name)) pieces.push_back(shard.contents_->at(name).toTensor());
    }
    if (pieces.size() > 1) value = at::cat(pieces);
  }
  return {contents, ""};
}

std::vector<char> Archive::bytes() const {
  c10::impl::GenericDict all(c10::StringType::get(), c10::AnyType::get());
  for (const auto& [name, value] : contents_->values) {
    all.insert(name, value.isTensor() ? alone(value.toTensor()) : value);
  }
  return torch::jit::pickle_save(all);
}

void Archive::write(const std::string& path) const {
  const std::vector<char> all = bytes();
  write_file(path, {all.data(), all.size()});
}

}  // namespace cofi
