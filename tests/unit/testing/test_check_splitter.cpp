// One small splitter a defect: the kit finds each, and nothing else.
#include <atomic>

#include "cofi/testing/catch2.hpp"

#include "unit/testing/failures.hpp"

namespace {

using namespace cofi::testing;
using cofi::Data;
using cofi::LoadContext;
using cofi::Split;
using Given = cofi::View<std::int32_t>;

// Two folds: every other of the given rows tests.
class EveryOther : public cofi::Splitter {
 public:
  std::int64_t count() const override { return 2; }
  Split at(std::int64_t k, const Data&, Given rows, const LoadContext&) const override {
    Split split;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      (static_cast<std::int64_t>(n % 2) == k ? split.test : split.train).push_back(rows[n]);
    }
    return split;
  }
};

class NoFolds : public EveryOther {
  std::int64_t count() const override { return 0; }
};
class TrainsOnTest : public EveryOther {
  Split at(std::int64_t k, const Data& data, Given rows, const LoadContext& c) const override {
    Split split = EveryOther::at(k, data, rows, c);
    split.train.push_back(split.test[0]);
    return split;
  }
};
class TakesAllRows : public EveryOther {
  Split at(std::int64_t k, const Data& data, Given, const LoadContext& c) const override {
    std::vector<std::int32_t> all;
    for (std::size_t n = 0; n < data.interactions.size(); ++n) {
      all.push_back(static_cast<std::int32_t>(n));
    }
    return EveryOther::at(k, data, all, c);
  }
};
class OutOfRange : public EveryOther {
  Split at(std::int64_t k, const Data& data, Given rows, const LoadContext& c) const override {
    Split split = EveryOther::at(k, data, rows, c);
    split.test.push_back(static_cast<std::int32_t>(data.interactions.size()));
    return split;
  }
};
class TestsNothing : public EveryOther {
  Split at(std::int64_t k, const Data& data, Given rows, const LoadContext& c) const override {
    Split split = EveryOther::at(k, data, rows, c);
    split.test.clear();
    return split;
  }
};
class RemembersItsCalls : public EveryOther {
  Split at(std::int64_t k, const Data& data, Given rows, const LoadContext& c) const override {
    return EveryOther::at((k + calls_++ / 2) % 2, data, rows, c);
  }
  mutable std::atomic<std::int64_t> calls_{0};
};
class CountsThreads : public EveryOther {
  Split at(std::int64_t k, const Data& data, Given rows, const LoadContext& c) const override {
    return EveryOther::at((k + (c.pool.threads() == 3 ? 1 : 0)) % 2, data, rows, c);
  }
};
class Refuses : public EveryOther {
  Split at(std::int64_t, const Data&, Given, const LoadContext&) const override {
    throw cofi::Error("no timestamps");
  }
};

template <class Class>
Findings findings() {
  return check_splitter(factory<cofi::Splitter, Class>());
}

}  // namespace

TEST_CASE("conformance of splitters") {
  const std::string all = "divides all rows into disjoint parts";
  const std::string some = "divides three rows of four into disjoint parts";
  check(findings<EveryOther>());
  CHECK(failures(findings<NoFolds>()) == Failed{"has at least one fold"});
  CHECK(failures(findings<TrainsOnTest>()) == Failed{all, some});
  CHECK(message(findings<TrainsOnTest>(), all) ==
        "fold 0: test has row 0, which is in a part already");
  CHECK(failures(findings<TakesAllRows>()) == Failed{some});
  CHECK(message(findings<TakesAllRows>(), some) == "fold 0: train has row 1, which was not given");
  CHECK(message(findings<OutOfRange>(), all) == "fold 0: test has row 3000 of a table of 3000");
  CHECK(message(findings<TestsNothing>(), all) == "fold 0: the test part is empty");
  CHECK(failures(findings<RemembersItsCalls>())
            .count("divides all rows the same again, in any order of folds") == 1);
  CHECK(failures(findings<CountsThreads>()) ==
        Failed{"divides all rows the same on 3 threads",
               "divides three rows of four the same on 3 threads"});
  CHECK(message(findings<Refuses>(), all) == "it threw: no timestamps");
}
