// One immutable column of values, owned or mapped, cheap to copy and safe to share.
#pragma once

#include <c10/util/ArrayRef.h>

#include <memory>
#include <utility>
#include <vector>

namespace cofi {

// A read-only view of somebody else's contiguous values.
template <class T>
using View = c10::ArrayRef<T>;

template <class T>
class Column {
 public:
  Column() = default;
  Column(std::vector<T> values)  // NOLINT(google-explicit-constructor): a column is its values
      : Column(std::make_shared<const std::vector<T>>(std::move(values))) {}
  // Values that live as long as owner does (a mapped file, a part of another column).
  Column(std::shared_ptr<const void> owner, View<T> values)
      : owner_(std::move(owner)), values_(values) {}

  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  const T* data() const { return values_.data(); }
  const T* begin() const { return values_.begin(); }
  const T* end() const { return values_.end(); }
  const T& operator[](std::size_t n) const { return values_.data()[n]; }
  View<T> view() const { return values_; }
  operator View<T>() const { return values_; }  // NOLINT(google-explicit-constructor)

 private:
  explicit Column(std::shared_ptr<const std::vector<T>> values)
      : owner_(values), values_(*values) {}

  std::shared_ptr<const void> owner_;
  View<T> values_;
};

}  // namespace cofi
