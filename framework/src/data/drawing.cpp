#include "cofi/drawing.hpp"

#include <algorithm>
#include <limits>

namespace cofi {

Random random_of(const Params& params, const LoadContext& context) {
  if (!params.has("seed")) return context.random;
  return Random(static_cast<std::uint64_t>(params.integer("seed")));
}

std::vector<std::int32_t> by_time(View<std::int32_t> group, View<std::int32_t> rows,
                                  const Interactions& table) {
  std::vector<std::int32_t> positions(group.begin(), group.end());
  const auto row_of = [&](std::int32_t position) {
    return static_cast<std::size_t>(rows[static_cast<std::size_t>(position)]);
  };
  std::sort(positions.begin(), positions.end(), [&](std::int32_t a, std::int32_t b) {
    const std::int64_t left = table.times[row_of(a)], right = table.times[row_of(b)];
    return left != right ? left < right : row_of(a) < row_of(b);
  });
  return positions;
}

std::vector<std::int32_t> in_random_order(View<std::int32_t> group, Random random) {
  std::vector<std::int32_t> drawn = random.permutation(static_cast<std::int32_t>(group.size()));
  for (std::int32_t& position : drawn) position = group[static_cast<std::size_t>(position)];
  return drawn;
}

Drawing::Drawing(const Params& params, const LoadContext& context)
    : random_(random_of(params, context).stream("split")) {
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
