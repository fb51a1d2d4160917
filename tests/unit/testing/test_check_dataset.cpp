// One small dataset a defect: the kit finds each, and nothing else.
#include <atomic>
#include <limits>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/toy_data.hpp"

#include "unit/testing/failures.hpp"

namespace {

using namespace cofi::testing;
using cofi::Data;
using cofi::LoadContext;

class Toys : public cofi::Dataset {
 public:
  Data load(const LoadContext&) override { return additive_toy().data; }
};

// The toy data, changed.
template <class Change>
class Changed : public Toys {
  Data load(const LoadContext& context) override {
    Data data = Toys::load(context);
    Change()(data, context);
    return data;
  }
};

std::vector<float> values(const Data& data) {
  return {data.interactions.values.begin(), data.interactions.values.end()};
}

struct DropValues {
  void operator()(Data& data, const LoadContext&) {
    std::vector<float> changed = values(data);
    changed.pop_back();
    data.interactions.values = changed;
  }
};
struct DropTimes {
  void operator()(Data& data, const LoadContext&) {
    data.interactions.times = std::vector<std::int64_t>{1, 2, 3};
  }
};
struct DropTitles {
  void operator()(Data& data, const LoadContext&) { data.titles = {"The only one"}; }
};
struct DropExpected {
  void operator()(Data& data, const LoadContext&) { data.expected = std::vector<float>{1}; }
};
struct Empty {
  void operator()(Data& data, const LoadContext&) {
    data.interactions = {};
    data.expected = {};
  }
};
struct UnknownItem {
  void operator()(Data& data, const LoadContext&) {
    std::vector<std::int32_t> items(data.interactions.items.begin(), data.interactions.items.end());
    items[7] = 51;
    data.interactions.items = items;
  }
};
struct FeedbackOfNobody {
  void operator()(Data& data, const LoadContext&) {
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{-1};
    rows.items = std::vector<std::int32_t>{0};
    rows.values = std::vector<float>{1};
    data.feedback["rented"] = rows;
  }
};
struct NotANumber {
  void operator()(Data& data, const LoadContext&) {
    std::vector<float> changed = values(data);
    changed[3] = std::numeric_limits<float>::quiet_NaN();
    data.interactions.values = changed;
  }
};
struct OffTheScale {
  void operator()(Data& data, const LoadContext&) { data.scale = {2, 5}; }
};
struct UpsideDown {
  void operator()(Data& data, const LoadContext&) { data.scale = {5, 1}; }
};
struct CountThreads {
  void operator()(Data& data, const LoadContext& context) {
    if (context.pool.threads() == 2) data.users.add("one more");
  }
};
struct CountCalls {
  void operator()(Data& data, const LoadContext&) {
    static std::atomic<int> calls{0};
    data.note = std::to_string(++calls);
  }
};
class NotThere : public Toys {
  Data load(const LoadContext& context) override {
    context.paths.find("nothing.csv");
    return {};
  }
};

template <class Class>
Findings findings() {
  return check_dataset(factory<cofi::Dataset, Class>(), {{{"/nonexistent"}}});
}
template <class Change>
Findings changed() {
  return findings<Changed<Change>>();
}

}  // namespace

TEST_CASE("conformance of datasets") {
  const std::string sizes = "columns have the sizes that they must";
  check(findings<Toys>());
  CHECK(message(changed<DropValues>(), sizes) ==
        "interactions: values has 2999 rows and users 3000");
  CHECK(message(changed<DropTimes>(), sizes) == "interactions: times has 3 rows and users 3000");
  CHECK(message(changed<DropTitles>(), sizes) == "1 titles for 51 items");
  CHECK(message(changed<DropExpected>(), sizes) == "expected has 1 values for 3000 interactions");
  CHECK(message(changed<Empty>(), sizes) == "there are no interactions");
  const std::string ids = "ids are those of the vocabularies";
  CHECK(failures(changed<UnknownItem>()) == Failed{ids});
  CHECK(message(changed<UnknownItem>(), ids) == "row 7 has item id 51; the vocabulary has 51");
  CHECK(failures(changed<FeedbackOfNobody>()) == Failed{ids});
  const std::string scale = "values are finite and on the rating scale";
  // A NaN differs from itself, so that no load equals another.
  CHECK(message(changed<NotANumber>(), scale) == "row 3 has the value nan");
  CHECK(failures(changed<OffTheScale>()) == Failed{scale});
  CHECK(message(changed<UpsideDown>(), scale) == "the rating scale goes from 5 to 1");
  CHECK(failures(changed<CountThreads>()) == Failed{"another loads the same on 2 thread(s)"});
  CHECK(failures(changed<CountCalls>()) ==
        Failed{"loads the same again", "another loads the same on 1 thread(s)",
               "another loads the same on 2 thread(s)", "another loads the same on 3 thread(s)"});
  CHECK(failures(findings<NotThere>()) == Failed{"loads"});
  CHECK_THAT(message(findings<NotThere>(), "loads"),
             Catch::Matchers::Contains("/nonexistent/nothing.csv"));
}
