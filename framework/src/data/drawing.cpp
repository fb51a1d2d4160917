#include "cofi/drawing.hpp"

#include <limits>

namespace cofi {
namespace {

Random source(const Params& params, const LoadContext& context) {
  if (!params.has("seed")) return context.random.stream("split");
  return Random(static_cast<std::uint64_t>(params.integer("seed"))).stream("split");
}

}  // namespace

Drawing::Drawing(const Params& params, const LoadContext& context)
    : random_(source(params, context)) {
  if (params.text("generator") != "numpy") return;
  if (random_.seed() > std::numeric_limits<std::uint32_t>::max()) {
    throw params.error(
        "seed", std::to_string(random_.seed()) + " is more than numpy takes; give 0 to 4294967295");
  }
  numpy_ = std::make_unique<NumpyRandom>(static_cast<std::uint32_t>(random_.seed()));
}

Drawing::~Drawing() = default;

std::vector<std::int32_t> Drawing::permutation(std::size_t n) {
  const auto size = static_cast<std::int32_t>(n);
  return numpy_ ? numpy_->permutation(size) : random_.permutation(size);
}

Split draw_test(View<std::int32_t> rows, std::int64_t size, Drawing& drawing,
                const std::string& what) {
  const auto all = static_cast<std::int64_t>(rows.size());
  if (size < 1 || size >= all) {
    throw Error(what, " takes ", size, " of ", all,
                " rows for testing; at least one must be tested and one left");
  }
  Split split;
  split.test = drawing.permutation(rows.size());
  split.test.resize(static_cast<std::size_t>(size));
  std::vector<char> tested(rows.size(), 0);
  for (std::int32_t& row : split.test) {
    tested[static_cast<std::size_t>(row)] = 1;
    row = rows[static_cast<std::size_t>(row)];
  }
  split.train.reserve(rows.size() - split.test.size());
  for (std::size_t n = 0; n < rows.size(); ++n) {
    if (tested[n] == 0) split.train.push_back(rows[n]);
  }
  return split;
}

}  // namespace cofi
