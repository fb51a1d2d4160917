// cofi predict, recommend and similar: a run's saved models, asked by external ids.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "cofi/delimited.hpp"
#include "cofi/files.hpp"

#include "run/commands.hpp"
#include "run/csv.hpp"
#include "run/table.hpp"
#include "run/trained_model.hpp"

namespace cofi::run {
namespace {

std::int64_t number_of(const std::string& text, const char* option) {
  std::size_t read = 0;
  std::int64_t number = 0;
  try {
    number = std::stoll(text, &read);
  } catch (const std::exception&) {
    read = 0;
  }
  if (read == 0 || read != text.size()) {
    throw Error(option, " is a whole number, not '", text, "'");
  }
  return number;
}

// Explanations know no time: their terms would not add up to a prediction that reads one.
void refuse_dated_explanation(const AskOptions& options) {
  if (!options.explain || options.time.empty()) return;
  throw Error("--explain shows the terms of predictions without a time; leave out --time or ",
              "--explain");
}

TrainedModel open(const AskOptions& options, const plugin::Registry& registry) {
  ModelChoice choice{options.folder, options.model, {}};
  if (!options.fold.empty()) choice.fold = number_of(options.fold, "--fold");
  TrainedModel trained(choice, registry);
  std::fputs((trained.name() + "\n").c_str(), stderr);
  return trained;
}

// One time for n questions, or none.
std::vector<std::int64_t> times_of(const AskOptions& options, std::size_t n) {
  if (options.time.empty()) return {};
  return std::vector<std::int64_t>(n, number_of(options.time, "--time"));
}

std::string name_of(const TrainedModel& trained, const Explanation::Term& term) {
  if (term.of == Rows::kShared || term.id < 0) return term.name;
  const Data& data = trained.data();
  const bool item = term.of == Rows::kItems;
  std::string name = fmt::format("{}: {} {}", term.name, item ? "item" : "user",
                                 (item ? data.items : data.users).name(term.id));
  if (item && !trained.title(term.id).empty()) name += ", " + trained.title(term.id);
  return name;
}

// The terms of a prediction, a line each: those of the model itself, then the neighbors by what
// they weigh, the smallest together.
std::string explained(const TrainedModel& trained, std::int32_t user, std::int32_t item,
                      const std::string& indent) {
  constexpr std::size_t kShown = 8;
  const std::optional<Explanation> why = trained.model().explain(user, item);
  if (!why) return indent + "(this model does not explain its predictions)\n";
  std::vector<Explanation::Term> own, neighbors;
  for (const Explanation::Term& term : why->terms) {
    (term.of == Rows::kShared ? own : neighbors).push_back(term);
  }
  std::stable_sort(neighbors.begin(), neighbors.end(), [](const auto& a, const auto& b) {
    return std::abs(a.value) > std::abs(b.value);
  });
  std::string text;
  const auto add = [&](const std::string& name, double value) {
    text += fmt::format("{}{:>+10.4f}  {}\n", indent, value, name);
  };
  for (const Explanation::Term& term : own) {
    if (term.value != 0) add(term.name, term.value);
  }
  const std::size_t shown = neighbors.size() > kShown + 1 ? kShown : neighbors.size();
  double rest = 0;
  for (std::size_t n = 0; n < neighbors.size(); ++n) {
    if (n < shown) {
      add(name_of(trained, neighbors[n]), neighbors[n].value);
    } else {
      rest += neighbors[n].value;
    }
  }
  if (shown < neighbors.size()) {
    add(fmt::format("({} more neighbors)", neighbors.size() - shown), rest);
  }
  return text;
}

// Items with a number each, best first.
struct Listed {
  std::int32_t item;
  float value;
};

// The best of the candidates; of equal ones those that come first in the data.
std::vector<Listed> best_of(std::vector<Listed> candidates, std::int64_t top) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Listed& a, const Listed& b) { return a.value > b.value; });
  if (static_cast<std::int64_t>(candidates.size()) > top) {
    candidates.resize(static_cast<std::size_t>(top));
  }
  return candidates;
}

// Prints a ranked table; explanations, where there are any, under their items.
void print(const TrainedModel& trained, const std::vector<Listed>& list, const char* what,
           const std::vector<std::string>& explanations) {
  const bool titles = !trained.data().titles.empty();
  Table table;
  table.columns = {{"rank", TableColumn::Kind::kCount}, {"item"}};
  if (titles) table.columns.push_back({"title"});
  table.columns.push_back({what, TableColumn::Kind::kNumber});
  for (std::size_t n = 0; n < list.size(); ++n) {
    std::vector<Table::Value> row = {static_cast<double>(n + 1),
                                     std::string(trained.data().items.name(list[n].item))};
    if (titles) row.emplace_back(trained.title(list[n].item));
    row.push_back(cell_of(list[n].value));
    table.add_row(std::move(row));
  }
  const std::string text = to_text(table);
  if (explanations.empty()) {
    std::fputs(text.c_str(), stdout);
    return;
  }
  // A line of the table is a row of it, after the head.
  std::size_t begin = text.find('\n') + 1;
  const std::size_t lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  for (std::size_t head = 1; head < lines - list.size(); ++head) begin = text.find('\n', begin) + 1;
  std::fputs(text.substr(0, begin).c_str(), stdout);
  for (const std::string& explanation : explanations) {
    const std::size_t end = text.find('\n', begin) + 1;
    std::fputs((text.substr(begin, end - begin) + explanation).c_str(), stdout);
    begin = end;
  }
}

const char* what_it_predicts(const TrainedModel& trained) {
  return trained.model().output() == Output::kScore ? "score" : "prediction";
}

void predict_file(const TrainedModel& trained, const AskOptions& options) {
  DelimitedFormat format;
  format.value = "";
  format.duplicates = "keep";
  const Data asked = read_delimited(FileBytes::open(options.pairs), format, trained.pool());
  const Interactions& pairs = asked.interactions;
  std::vector<std::int32_t> users, items;
  std::int64_t unknown = 0;
  for (std::size_t n = 0; n < pairs.size(); ++n) {
    users.push_back(trained.data().users.find(asked.users.name(pairs.users[n])));
    items.push_back(trained.data().items.find(asked.items.name(pairs.items[n])));
    unknown += users.back() < 0 || items.back() < 0 ? 1 : 0;
  }
  std::vector<float> out(pairs.size());
  const std::vector<std::int64_t> times = times_of(options, pairs.size());
  trained.model().predict({users, items, times}, out.data());
  std::string text = csv_line({"user", "item", what_it_predicts(trained)});
  for (std::size_t n = 0; n < pairs.size(); ++n) {
    text += csv_field(std::string(asked.users.name(pairs.users[n]))) + ',' +
            csv_field(std::string(asked.items.name(pairs.items[n]))) + ',' +
            fmt::format("{}\n", out[n]);
  }
  if (unknown > 0) {
    fmt::print(stderr, "{} of {} lines have a user or item that the data does not have\n", unknown,
               pairs.size());
  }
  if (options.out.empty()) {
    std::fputs(text.c_str(), stdout);
  } else {
    write_file(options.out, text);
  }
}

}  // namespace

int predict(const AskOptions& options, const plugin::Registry& registry) {
  const bool one = !options.user.empty() && !options.item.empty();
  if (one == !options.pairs.empty() || (!one && !(options.user + options.item).empty())) {
    throw Error("cofi predict needs --user and --item, or --pairs and a CSV file of users and ",
                "items");
  }
  if (!options.out.empty() && one) throw Error("--out goes with --pairs");
  if (options.explain && !one) throw Error("--explain goes with --user and --item");
  refuse_dated_explanation(options);
  const TrainedModel trained = open(options, registry);
  if (!one) {
    predict_file(trained, options);
    return 0;
  }
  const std::int32_t user = trained.user(options.user), item = trained.item(options.item);
  const std::vector<std::int64_t> times = times_of(options, 1);
  float value = 0;
  trained.model().predict({{&user, 1}, {&item, 1}, times}, &value);
  const std::string title = trained.title(item);
  fmt::print("user {}, item {}{}: {} {:.4f}\n", options.user, options.item,
             title.empty() ? "" : ", " + title, what_it_predicts(trained), value);
  if (options.explain) std::fputs(explained(trained, user, item, "").c_str(), stdout);
  return 0;
}

int recommend(const AskOptions& options, const plugin::Registry& registry) {
  if (options.user.empty()) throw Error("cofi recommend needs --user");
  refuse_dated_explanation(options);
  const TrainedModel trained = open(options, registry);
  const std::int32_t user = trained.user(options.user);
  const std::int32_t items = trained.data().items.size();
  std::vector<float> scores(static_cast<std::size_t>(items));
  trained.model().score({&user, 1}, times_of(options, 1), items, scores.data());
  std::vector<char> has(scores.size());
  for (const Interactions* part : {&trained.fold().train, &trained.fold().fold_in}) {
    for (std::size_t n = 0; n < part->size(); ++n) {
      if (part->users[n] == user) has[static_cast<std::size_t>(part->items[n])] = 1;
    }
  }
  std::vector<Listed> candidates;
  for (std::int32_t item = 0; item < items; ++item) {
    const auto at = static_cast<std::size_t>(item);
    if (has[at] == 0) candidates.push_back({item, scores[at]});
  }
  const std::vector<Listed> list = best_of(std::move(candidates), options.top);
  std::vector<std::string> explanations;
  for (const Listed& each : list) {
    if (options.explain) explanations.push_back(explained(trained, user, each.item, "      "));
  }
  print(trained, list, what_it_predicts(trained), explanations);
  return 0;
}

int similar(const AskOptions& options, const plugin::Registry& registry) {
  if (options.item.empty()) throw Error("cofi similar needs --item");
  const TrainedModel trained = open(options, registry);
  const std::int32_t item = trained.item(options.item);
  const std::int32_t items = trained.data().items.size();
  std::vector<float> similarities(static_cast<std::size_t>(items));
  if (!trained.model().similar_items(item, items, similarities.data())) {
    throw Error("this model has no notion of similar items; those with item factors or item ",
                "neighborhoods have");
  }
  std::vector<Listed> candidates;
  for (std::int32_t other = 0; other < items; ++other) {
    const float similarity = similarities[static_cast<std::size_t>(other)];
    if (other != item && similarity != 0) candidates.push_back({other, similarity});
  }
  print(trained, best_of(std::move(candidates), options.top), "similarity", {});
  return 0;
}

}  // namespace cofi::run
