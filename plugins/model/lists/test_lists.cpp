#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

#include "support/temp_folder.hpp"

using Catch::Contains;

namespace {

// Users a, b, c and items x, y, z.
class Reader {
 public:
  std::unique_ptr<cofi::Model> read(const std::string& text,
                                    const std::string& parameters = "") const {
    const std::string file = folder_.write("lists", text);
    auto model =
        cofi::testing::make<cofi::Model>("model/lists", "{path: '" + file + "'" + parameters + "}");
    model->fit(context_.context());
    return model;
  }

 private:
  cofi::test::TempFolder folder_;
  cofi::testing::Toy toy_ = cofi::testing::hand_toy();
  cofi::testing::ToyContext context_{toy_};
};

std::vector<float> scores(const cofi::Model& model, std::int32_t user) {
  std::vector<float> out(3);
  model.score(user, {}, 3, out.data());
  return out;
}

}  // namespace

TEST_CASE("model/lists") {
  const Reader reader;
  SECTION("scores of the file; what is not listed has one score below all of them") {
    const auto model = reader.read("user,item,score\na,y,0.5\na,x,-2\n\"b\",z,7\n");
    CHECK(model->output() == cofi::Output::kScore);
    CHECK(scores(*model, 0) == std::vector<float>{-2, 0.5, -3});
    CHECK(scores(*model, 1) == std::vector<float>{-3, -3, 7});
    CHECK(scores(*model, 2) == std::vector<float>{-3, -3, -3});
    // predict says the same, of ids outside the vocabulary too.
    const std::vector<std::int32_t> users = {0, 1, 0, -1, 1}, items = {1, 2, 2, 0, -1};
    std::vector<float> out(5);
    model->predict({users, items, {}}, out.data());
    CHECK(out == std::vector<float>{0.5, 7, -3, -3, -3});
  }
  SECTION("below a large score, too") {
    const auto model = reader.read("user,item,score\na,x,-1e20\n");
    CHECK(scores(*model, 0)[1] < -1e20F);
  }
  SECTION("tabs, no header, TREC's run files") {
    const std::vector<float> expected = {2, 1, 0};
    CHECK(scores(*reader.read("a\tx\t2\na\ty\t1\n", ", format: tsv, header: false"), 0) ==
          expected);
    CHECK(scores(*reader.read("a,x,2\na,y,1\n", ", header: false"), 0) == expected);
    // The score orders: trec_eval does not look at the rank either.
    CHECK(scores(*reader.read("a Q0 x 2 2 tag\na  Q0\ty 1 1 tag\n", ", format: trec"), 0) ==
          expected);
  }
  SECTION("users and items that the data does not have") {
    const std::string text = "user,item,score\na,x,2\na,w,1\nq,x,1\nr,v,1\na,y,1\n";
    CHECK_THROWS_WITH(reader.read(text),
                      Contains("lists has 2 users that the data does not have, the first is 'q', "
                               "and 2 items that the data does not have, the first is 'w'") &&
                          Contains("unknown: drop"));
    CHECK(scores(*reader.read(text, ", unknown: drop"), 0) == std::vector<float>{2, 1, 0});
    CHECK_THROWS_WITH(reader.read("user,item,score\nq,x,1\n", ", unknown: drop"),
                      Contains("no line of a user and item of the data"));
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(
        reader.read("user,item,score\na,x,2\na,y,high\n"),
        Contains("lists:3") && Contains("'high'") && Contains("expected a finite number"));
    CHECK_THROWS_WITH(reader.read("user,item,score\na,x,2\na,y,nan\n"), Contains("lists:3"));
    CHECK_THROWS_WITH(reader.read("user,item,score\na,x,2\na,x,3\n"),
                      Contains("the list of user 'a' has item 'x' twice"));
    CHECK_THROWS_WITH(reader.read("user,item,score\na,x,-3e38\na,y,-3.4028235e38\n"),
                      Contains("leaves no number below it"));
    CHECK_THROWS_WITH(reader.read("a Q0 x 1 2 t\n", ", format: trec, header: false"),
                      Contains("model/lists") && Contains("header") && Contains("trec"));
    const cofi::testing::Toy toy = cofi::testing::hand_toy();
    const cofi::testing::ToyContext context(toy);
    const auto model = cofi::testing::make<cofi::Model>("model/lists", "{path: there/is/none}");
    CHECK_THROWS_WITH(model->fit(context.context()), Contains("no file or folder 'there/is/none'"));
  }
}
