#include "run/lists_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "eval/best_lists.hpp"
#include "run/csv.hpp"
#include "run/digest.hpp"
#include "run/ranking.hpp"

namespace cofi::run {
namespace {

// "csv" or "trec"; empty where nothing is exported.
std::string format_of(const PlannedRow& row) {
  const spec::Json& format = row.row->evaluate.at("export");
  return format.is_null() ? "" : format.get<std::string>();
}

std::int64_t longest_list(const PlannedRow& row) {
  std::int64_t longest = 0;
  for (const eval::NamedMetric& each : row.metrics) {
    longest = std::max(longest, each.metric->ranking().list);
  }
  return longest;
}

void refuse_blanks(const char* what, const Vocabulary& names) {
  for (std::int32_t id = 0; id < names.size(); ++id) {
    const std::string_view name = names.name(id);
    if (name.find_first_of(" \t\r\n") == std::string_view::npos) continue;
    throw Error("evaluate.export: trec: the ", what, " '", name,
                "' has a blank, which parts the fields of a TREC run file; use csv");
  }
}

std::string text_of(const eval::BestLists& lists, const PlannedRow& row) {
  const bool trec = format_of(row) == "trec";
  const Data& data = row.source->data;
  std::string text = trec ? "" : "user,item,score\n";
  for (std::size_t n = 0; n < lists.ranking.size(); ++n) {
    const RankedUser user = lists.ranking.user(n, lists.ranking.length);
    const float* scores = lists.scores.data() + n * static_cast<std::size_t>(lists.ranking.length);
    const std::string name(data.users.name(user.user));
    for (std::size_t k = 0; k < user.list.size(); ++k) {
      const std::string item(data.items.name(user.list[k]));
      if (trec) {
        fmt::format_to(std::back_inserter(text), "{} Q0 {} {} {} {}\n", name, item, k + 1,
                       scores[k], row.slug);
      } else {
        fmt::format_to(std::back_inserter(text), "{},{},{}\n", csv_field(name), csv_field(item),
                       scores[k]);
      }
    }
  }
  return text;
}

}  // namespace

void check_export(const PlannedRow& row) {
  const std::string format = format_of(row);
  if (format.empty()) return;
  if (longest_list(row) == 0) {
    throw Error("evaluate.export: ", format,
                ": none of the metrics asks for lists, which says how ",
                "long they are to be; add one with a cutoff, as {use: ndcg, at: 10}");
  }
  if (format != "trec") return;
  refuse_blanks("user", row.source->data.users);
  refuse_blanks("item", row.source->data.items);
}

std::string lists_file(const Plan& plan, const Cell& cell) {
  const PlannedRow& row = plan.rows[cell.row];
  const std::string format = format_of(row);
  if (format.empty() || (plan.experiment.select && !cell.selected)) return "";
  const std::string key =
      cell.fit + row.late_key + ranking_key(row).dump() + " " + std::to_string(longest_list(row));
  return "lists/" + row.slug + "-" + digest_of_text(key).substr(0, 12) + "." + format;
}

void write_lists(const Plan& plan, const Cell& cell, const Fold& fold, Model& model,
                 const Folder& folder, const Workshop& workshop) {
  const PlannedRow& row = plan.rows[cell.row];
  eval::Trained trained = trained_for(row, fold, "test");
  trained.communicator = &workshop.communicator;
  const eval::BestLists lists =
      eval::best_lists(model, fold.test, trained, row.cold_start, longest_list(row), workshop.pool);
  if (!folder.ranks().leads()) return;
  folder.write(lists_file(plan, cell), text_of(lists, row));
}

}  // namespace cofi::run
