// cofi predict, cofi recommend, cofi similar
#include "cofi/error.hpp"

#include "command.hpp"
#include "run/commands.hpp"

namespace cofi::cli {
namespace {

std::int64_t top_of(const Arguments& arguments) {
  const std::string text = arguments.text("top");
  if (text.empty()) return 10;
  if (text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos ||
      std::stol(text) < 1) {
    throw Error("--top is a number of items, 1 or more, not '", text, "'");
  }
  return std::stol(text);
}

int ask(const Arguments& arguments, int (*call)(const run::AskOptions&, const plugin::Registry&)) {
  run::AskOptions options;
  options.folder = arguments.positionals[0];
  options.model = arguments.text("model");
  options.fold = arguments.text("fold");
  options.user = arguments.text("user");
  options.item = arguments.text("item");
  options.pairs = arguments.text("pairs");
  options.out = arguments.text("out");
  options.time = arguments.text("time");
  options.top = top_of(arguments);
  options.explain = arguments.flag("explain");
  return call(options, plugin::Registry::standard(arguments.texts("plugin-path")));
}

std::vector<Option> options_of(std::vector<Option> own) {
  own.push_back({"model", "KEY", "Which of the run's models (or settings), where it has several."});
  own.push_back({"fold", "K", "Which fold's model (the first)."});
  own.push_back(plugin_path_option());
  return own;
}

const Option kUser = {"user", "ID", "A user, as the dataset's files spell it."};
const Option kItem = {"item", "ID", "An item, as the dataset's files spell it."};
const Option kTop = {"top", "N", "How many items (10)."};
const Option kTime = {"time", "SECONDS", "When, since 1970, for models that read times."};
const Option kExplain = {"explain", "",
                         "Shows the terms that predictions are made of, without --time."};

}  // namespace

Command predict_command() {
  return {"predict",
          "RUN",
          1,
          1,
          "Asks a run's saved model for predictions.",
          options_of({kUser,
                      kItem,
                      {"pairs", "FILE", "A CSV file with a head: users and items to predict."},
                      {"out", "FILE", "Where the predictions of --pairs go (standard output)."},
                      kTime,
                      kExplain}),
          "cofi predict runs/quickstart --user 1 --item 31 --explain\n"
          "cofi predict runs/quickstart --model svd --pairs pairs.csv --out predictions.csv",
          [](const Arguments& arguments) { return ask(arguments, &run::predict); }};
}

Command recommend_command() {
  return {"recommend",
          "RUN",
          1,
          1,
          "Lists a saved model's best items for a user.",
          options_of({kUser, kTop, kTime, kExplain}),
          "cofi recommend runs/quickstart --user 1\n"
          "cofi recommend runs/quickstart --model svd --user 1 --top 5 --explain",
          [](const Arguments& arguments) { return ask(arguments, &run::recommend); }};
}

Command similar_command() {
  return {"similar",
          "RUN",
          1,
          1,
          "Lists the items that a saved model takes to be like an item.",
          options_of({kItem, kTop}),
          "cofi similar runs/quickstart --model svd --item 31",
          [](const Arguments& arguments) { return ask(arguments, &run::similar); }};
}

}  // namespace cofi::cli
