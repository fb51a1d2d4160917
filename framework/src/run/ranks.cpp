#include "run/ranks.hpp"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cofi/error.hpp"
#include "cofi/solo_communicator.hpp"

namespace cofi::run {
namespace {

constexpr double kForever = 1e9;  // seconds: whoever does not come has died, which ends the process

// The first place where two values differ: "models.svd.factors is 20, and rank 0 has 10".
std::string difference(const spec::Json& mine, const spec::Json& leaders, const std::string& path) {
  if (mine == leaders) return "";
  if (mine.is_object() && leaders.is_object()) {
    const spec::Json missing;
    const auto look = [&](const spec::Json& keys) -> std::string {
      for (const auto& [key, value] : keys.items()) {
        const std::string inner = path.empty() ? key : path + "." + key;
        std::string found = difference(mine.contains(key) ? mine.at(key) : missing,
                                       leaders.contains(key) ? leaders.at(key) : missing, inner);
        if (!found.empty()) return found;
      }
      return "";
    };
    const std::string found = look(mine);
    return found.empty() ? look(leaders) : found;
  }
  const auto text = [](const spec::Json& value) {
    return value.is_null() ? std::string("nothing") : value.dump();
  };
  return path + " is " + text(mine) + ", and rank 0 has " + text(leaders);
}

}  // namespace

const Ranks& Ranks::alone() {
  static SoloCommunicator solo;
  static const Ranks ranks({}, solo);
  return ranks;
}

void Ranks::wait() const {
  if (several()) communicator_.barrier()->wait();
}

bool Ranks::any(bool mine) const { return cofi::any(communicator_, mine); }

std::vector<char> Ranks::from(int rank, std::vector<char> mine) const {
  if (!several()) return mine;
  const at::Tensor size = at::full({1}, static_cast<std::int64_t>(mine.size()), at::kLong);
  communicator_.broadcast(size, rank)->wait();
  const auto count = static_cast<std::size_t>(size.item<std::int64_t>());
  mine.resize(count);
  if (count == 0) return mine;
  const at::Tensor bytes =
      at::from_blob(mine.data(), {static_cast<std::int64_t>(count)}, at::kByte);
  communicator_.broadcast(bytes, rank)->wait();
  return mine;
}

std::vector<char> Ranks::from_leader(std::vector<char> mine) const {
  return from(0, std::move(mine));
}

std::string Ranks::from_leader(const std::string& mine) const {
  if (!several()) return mine;
  const std::vector<char> bytes = from_leader(std::vector<char>(mine.begin(), mine.end()));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> Ranks::all(const std::string& mine) const {
  if (!several()) return {mine};
  std::vector<std::string> texts;
  const auto gather = [&](const at::Tensor& own) {
    Communicator::Tensors out;
    for (int rank = 0; rank < place_.size; ++rank) out.push_back(at::empty_like(own));
    communicator_.all_gather(own, out)->wait();
    return out;
  };
  std::vector<std::int64_t> sizes;
  std::int64_t longest = 1;
  const auto own_size = static_cast<std::int64_t>(mine.size());
  for (const at::Tensor& size : gather(at::full({1}, own_size, at::kLong))) {
    sizes.push_back(size.item<std::int64_t>());
    longest = std::max(longest, sizes.back());
  }
  const at::Tensor own = at::full({longest}, 0, at::kByte);
  std::memcpy(own.data_ptr<std::uint8_t>(), mine.data(), mine.size());
  const Communicator::Tensors gathered = gather(own);
  for (std::size_t rank = 0; rank < gathered.size(); ++rank) {
    texts.emplace_back(reinterpret_cast<const char*>(gathered[rank].data_ptr<std::uint8_t>()),
                       static_cast<std::size_t>(sizes[rank]));
  }
  return texts;
}

void Ranks::require_same(const std::string& what, const spec::Json& mine) const {
  const std::vector<std::string> texts = all(mine.dump());
  for (std::size_t rank = 1; rank < texts.size(); ++rank) {
    if (texts[rank] == texts[0]) continue;
    throw Error("rank ", rank, " has not the ", what, " of rank 0: ",
                difference(spec::Json::parse(texts[rank]), spec::Json::parse(texts[0]), ""),
                "; start every rank with the same");
  }
}

std::string Ranks::outcome(const std::string& mine) {
  if (!several()) return mine;
  const auto key = [](std::int64_t n, int rank) {
    return "outcome/" + std::to_string(n) + "/" + std::to_string(rank);
  };
  Store& store = *place_.store;
  const std::int64_t n = ++outcomes_;
  store.set(key(n, place_.rank), mine);
  std::string first;
  bool same = true;
  for (int rank = 0; rank < place_.size; ++rank) {
    std::string other = mine;
    if (rank != place_.rank) {
      try {
        other = store.get(key(n, rank), mine.empty() ? kForever : place_.timeout_seconds);
      } catch (const Error& error) {
        throw Error("rank ", place_.rank, " cannot go on: ", mine, " (and how rank ", rank,
                    " came to an end of this is not known after ", place_.timeout_seconds,
                    " seconds, launch.timeout: ", error.what(), ")");
      }
    }
    same = same && other == mine;
    if (first.empty() && !other.empty()) first = "rank " + std::to_string(rank) + ": " + other;
  }
  // All have read the one before, or they would not have come so far.
  store.erase(key(n - 1, place_.rank));
  return same ? mine : first;
}

void Ranks::one_a_machine_first(const std::function<void()>& work) const {
  if (place_.local_rank == 0) work();
  wait();
  if (place_.local_rank != 0) work();
}

}  // namespace cofi::run
