// Every plugin of the build passes the checks of its kind, with its defaults and where they matter
// with other parameters. A new plugin is checked without a word here, unless it needs parameters.
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/toy_data.hpp"

#include "plugin/registry.hpp"
#include "spec/experiment.hpp"
#include "support/temp_folder.hpp"
#include "testing/check_plugin.hpp"

namespace {

namespace fs = std::filesystem;
using cofi::test::TempFolder;

// The additive toy's rows as "user,item,value,time" lines: all, its training rows or its test rows.
std::string lines(const std::vector<std::int32_t>& rows, const char* separator) {
  const cofi::Data data = cofi::testing::additive_toy().data;
  std::string text;
  for (const std::int32_t number : rows) {
    const auto row = static_cast<std::size_t>(number);
    const cofi::Interactions& all = data.interactions;
    text += std::string(data.users.name(all.users[row])) + separator +
            std::string(data.items.name(all.items[row])) + separator +
            std::to_string(all.values[row]) + separator + std::to_string(all.times[row]) + "\n";
  }
  return text;
}

void write_files(const TempFolder& folder) {
  const auto toy = cofi::testing::additive_toy();
  std::vector<std::int32_t> all = toy.train;
  all.insert(all.end(), toy.test.begin(), toy.test.end());
  folder.write("ratings.txt", lines(all, ","));
  folder.write("parts/a.base", lines(toy.train, "\t"));
  folder.write("parts/a.test", lines(toy.test, "\t"));
  // A list of each user of the implicit toy: what it trains on.
  const auto implicit = cofi::testing::implicit_toy();
  std::string csv = "user,item,score\n", trec;
  for (const std::int32_t number : implicit.train) {
    const auto row = static_cast<std::size_t>(number);
    const std::string user(implicit.data.users.name(implicit.data.interactions.users[row]));
    const std::string item(implicit.data.items.name(implicit.data.interactions.items[row]));
    csv.append(user).append(",").append(item).append(",1\n");
    trec.append(user).append(" Q0 ").append(item).append(" 1 1 toy\n");
  }
  folder.write("lists.csv", csv);
  folder.write("lists.trec", trec);
  folder.write("movielens/ratings.csv",
               "userId,movieId,rating,timestamp\n"
               "1,31,2.5,1260759144\n1,1029,3.0,1260759179\n2,31,4.0,835355493\n"
               "7,50,5.0,851866703\n");
  folder.write("movielens/movies.csv",
               "movieId,title,genres\n31,Dangerous Minds (1995),Drama\n"
               "50,\"Usual Suspects, The (1995)\",Crime|Mystery|Thriller\n");
  folder.write("jester.csv", "2,99,-7.82,10\n0,99,99,99\n3,-10,0,4.5\n");
  folder.write("netflix/combined_data_1.txt", "1:\n7,3,2005-09-06\n8,5,2005-05-13\n");
  folder.write("netflix/combined_data_2.txt", "9:\n7,1,2005-07-26\n");
  folder.write("lastfm/user_artists.dat",
               "userID\tartistID\tweight\n2\t51\t600\n2\t52\t100\n3\t51\t7\n");
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open((folder / "ratings.db").c_str(), &database) == SQLITE_OK);
  CHECK(
      sqlite3_exec(database,
                   "CREATE TABLE ratings (user, item, stars, at); "
                   "INSERT INTO ratings VALUES (1, 'a', 4.5, 10), (2, 'a', 3, 20), (1, 'b', 1, 5)",
                   nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

// Parameters to check a plugin with; its defaults where it is not named.
std::map<std::string, std::vector<std::string>> variants(const TempFolder& folder) {
  const std::string dir = folder.path().string();
  return {
      {"dataset/movielens", {"{path: " + dir + "/movielens}"}},
      {"dataset/delimited",
       {"{path: " + dir + "/ratings.txt, header: false, time: '4'}",
        "{path: " + dir + "/ratings.txt, header: false, unrated: 3, encoding: latin-1}"}},
      {"dataset/jester", {"{path: " + dir + "/jester.csv}"}},
      {"dataset/netflix", {"{path: " + dir + "/netflix}"}},
      {"dataset/lastfm",
       {"{path: " + dir + "/lastfm}", "{path: " + dir + "/lastfm, values: stars}"}},
      {"dataset/sqlite",
       {"{path: " + dir + "/ratings.db, query: 'SELECT user, item, stars, at FROM ratings'}"}},
      {"dataset/synthetic", {"{users: 300, items: 200, ratings: 5000}"}},
      {"splitter/predefined", {"{path: " + dir + "/parts, folds: [a]}"}},
      {"splitter/ratio", {"{test: 0.2}", "{test: 0.25, generator: numpy}"}},
      {"splitter/count", {"{test: 500}", "{test: 1, generator: numpy}"}},
      {"splitter/k_fold", {"{}", "{folds: 3, repeats: 2, by: user}"}},
      {"splitter/leave_n_out", {"{}", "{fraction: 0.3, by: time}", "{n: 3, too_few: error}"}},
      {"splitter/user_holdout", {"{}", "{users: 0.5, fold_in: 0.5, by: time}"}},
      {"splitter/cold_start", {"{}", "{of: users}"}},
      {"splitter/per_user", {"{test: 5}", "{test: 3, generator: numpy}"}},
      {"model/als", {"{}", "{biases: joint, factors: 3}", "{biases: none, reg_scale: frequency}"}},
      {"model/asymmetric_svd",
       {"{}", "{factors: 3, feedback: [], clip: true}", "{solver: sequential, factors: 3}"}},
      {"model/bias", {"{}", "{method: als}", "{half_life: 30.0}"}},
      {"model/blend",
       {"{models: {a: {use: mean, of: user}, b: {use: bias}}}",
        "{models: {a: {use: svd, factors: 2}, b: knn}, clip: true}"}},
      {"model/bayesian_svd",
       {"{}", "{factors: 3, implicit: both, windows: [86400, 60]}",
        "{factors: 3, response: probit}", "{factors: 3, implicit: item, keep: 3, clip: true}"}},
      {"model/bpr", {"{}", "{solver: sequential, factors: 3}"}},
      {"model/ials",
       {"{factors: 5}", "{factors: 5, solver: cg}", "{factors: 5, solver: block}",
        "{factors: 5, confidence: log}"}},
      {"model/integrated", {"{}", "{solver: sequential, factors: 3}"}},
      {"model/nmf", {"{factors: 4}", "{factors: 4, biased: true, clip: true}"}},
      {"model/p3alpha", {"{}", "{values: ratings, alpha: 0.7, k: 5, normalize: true}"}},
      {"model/pure_svd", {"{factors: 5}"}},
      {"model/rp3beta", {"{}", "{alpha: 0.7, beta: 0.3, k: 10}"}},
      {"model/slim",
       {"{}", "{l1: 0.5, l2: 5.0, non_negative: false}", "{keep: 8, l2: 5.0, values: ratings}"}},
      {"model/co_clustering", {"{}"}},
      {"model/ease",
       {"{}", "{values: ratings, lambda: 10.0}", "{lambda: 10.0, keep: 5, dropout: 0.5}"}},
      {"model/factored_neighborhood",
       {"{}", "{factors: 3, leave_out: false, clip: true}", "{solver: sequential, factors: 3}"}},
      {"model/fism", {"{}"}},
      {"model/global_neighborhood",
       {"{}", "{solver: sequential}", "{solver: sequential, k: 5}", "{implicit: false}"}},
      {"model/knn",
       {"{}", "{by: user, similarity: msd, normalization: mean}",
        "{similarity: cosine, missing: zero, normalization: none, k: 3}",
        "{similarity: cosine, over: all, normalization: none, aggregate: sum, k: 20, keep: 20}"}},
      {"model/lists",
       {"{path: " + dir + "/lists.csv}", "{path: " + dir + "/lists.trec, format: trec}"}},
      {"model/mean", {"{}", "{of: user}", "{of: item}"}},
      {"model/random", {"{}", "{output: rating}"}},
      {"model/slope_one", {"{}", "{variant: weighted}", "{variant: bipolar, clip: true}"}},
      {"model/svd",
       {"{}", "{factors: 3, clip: true, init_distribution: normal}", "{solver: sequential}",
        "{solver: blocked, blocks: 4, factors: 70, reg_scale: frequency, reg_user_factors: 0.1}"}},
      {"model/svdpp",
       {"{}", "{side: both, factors: 3}", "{solver: sequential}",
        "{solver: sequential, side: item, factors: 3}",
        "{solver: sequential, side: both, factors: 3, reg_scale: frequency}"}},
      {"model/time_svdpp",
       {"{}", "{solver: sequential}",
        "{solver: sequential, user_scale: true, window_scale: true, window_factors: true, "
        "factors: 3, windows: [86400, 60], reg_scale: frequency}"}},
      {"optimizer/sgd",
       {"{lr: 0.01}", "{lr: 0.01, momentum: 0.9, nesterov: true}",
        "{lr: 0.01, momentum: 0.5, lazy: true}"}},
      {"optimizer/adam", {"{}", "{lazy: true}"}},
      {"optimizer/adamw", {"{}", "{lazy: true}"}},
      {"optimizer/adagrad", {"{}", "{lazy: true}"}},
      {"optimizer/rmsprop", {"{}", "{momentum: 0.5, centered: true}", "{lazy: true}"}},
      {"metric/fcp", {"{}", "{variant: surprise}"}},
      {"metric/intra_list_distance",
       {"{}", "{distance: cooccurrence}", "{distance: jaccard}", "{distance: tag_cosine}"}},
      {"metric/map", {"{}", "{normalizer: relevant}", "{normalizer: hits}"}},
      {"metric/ndcg", {"{}", "{gain: linear}", "{gain: binary}", "{ideal: full}"}},
      {"metric/precision", {"{}", "{denominator: listed}"}},
      {"metric/recall", {"{}", "{denominator: reachable}"}},
      {"metric/regularized_error", {"{lambda: 0.1}"}},
      {"metric/serendipity", {"{}", "{primitive: 50}", "{normalizer: unexpected}"}},
  };
}

// What learns nothing of users and items, on purpose.
bool is_blind(const std::string& name, const std::string& yaml) {
  return name == "model/random" || (name == "model/mean" && yaml == "{}");
}

void check_kind(const std::string& kind) {
  const TempFolder folder;
  write_files(folder);
  const auto all_variants = variants(folder);
  const auto registry = cofi::plugin::Registry::standard();
  std::set<std::string> checked;
  for (const cofi::plugin::Listing& listing : registry.list(kind)) {
    const std::string name = kind + "/" + listing.name;
    if (listing.path.empty()) {  // one that says why it was not built
      CHECK(listing.problem.find("not built: ") == 0);
      checked.insert(listing.name);
      continue;
    }
    const auto found = all_variants.find(name);
    for (const std::string& yaml :
         found == all_variants.end() ? std::vector<std::string>{"{}"} : found->second) {
      INFO(name << " " << yaml);
      const cofi_plugin& plugin = registry.get(kind, listing.name);
      const auto params = cofi::spec::check_parameters(plugin, yaml, name, registry);
      cofi::testing::Findings findings = cofi::testing::check_plugin(registry, plugin, params);
      if (is_blind(name, yaml)) {
        const auto learns = std::find_if(findings.begin(), findings.end(), [](const auto& finding) {
          return finding.check == "fits toy data";
        });
        REQUIRE(learns != findings.end());
        CHECK_FALSE(learns->passed);
        findings.erase(learns);
      }
      cofi::testing::check(findings);
    }
    checked.insert(listing.name);
  }
  // Each of the tree's folders is a plugin, built, with its page and its test, but what the
  // backends of c10d share.
  for (const fs::directory_entry& entry : fs::directory_iterator("plugins/" + kind)) {
    const std::string name = entry.path().filename();
    if (kind == "backend" && name == "c10d") continue;
    INFO(entry.path().string());
    CHECK(checked.count(name) == 1);
    CHECK(fs::exists(entry.path() / "README.md"));
    CHECK(fs::exists(entry.path() / ("test_" + name + ".cpp")));
  }
}

}  // namespace

TEST_CASE("every dataset passes its checks") { check_kind("dataset"); }
TEST_CASE("every splitter passes its checks") { check_kind("splitter"); }
TEST_CASE("every model passes its checks") { check_kind("model"); }
TEST_CASE("every optimizer passes its checks") { check_kind("optimizer"); }
TEST_CASE("every metric passes its checks") { check_kind("metric"); }
TEST_CASE("every backend passes its checks") { check_kind("backend"); }
