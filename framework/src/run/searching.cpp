#include "run/searching.hpp"

#include <utility>

#include "cofi/random.hpp"

#include "run/selection.hpp"
#include "spec/domain.hpp"

namespace cofi::run {
namespace {

std::vector<double> random_point(const spec::Search& search, std::size_t trial) {
  std::vector<double> numbers;
  for (const std::string& key : search.keys) {
    numbers.push_back(spec::search_number(search.options.seed, trial, key));
  }
  return numbers;
}

std::string text_of(const spec::Row& row) {
  std::string text;
  for (const auto& [path, value] : row.swept) text += path + "=" + value + "\n";
  return text;
}

}  // namespace

Searching::Searching(const Plan& plan) {
  for (const spec::Search& search : plan.experiment.searches) {
    State state;
    if (search.options.kind == "halving") {
      state.rungs = search::rungs(search.options.trials, search.options.eta, search.most);
    }
    states_.push_back(std::move(state));
  }
}

// The rows of the state's points that have none yet. Points that come to the same setting share
// one.
void Searching::add(const spec::Search& search, State& state, std::int64_t resource, Plan& plan,
                    std::vector<spec::Row>& rows) const {
  while (state.rows.size() < state.points.size()) {
    spec::Row row = search.row(state.points[state.rows.size()], resource);
    const auto [found, is_new] = state.known.emplace(text_of(row), plan.rows.size() + rows.size());
    state.rows.push_back(found->second);
    if (is_new) rows.push_back(std::move(row));
  }
}

bool Searching::next_rung(const spec::Search& search, State& state, Plan& plan,
                          const Journal& journal, std::vector<spec::Row>& rows) const {
  if (state.rung == state.rungs.size()) return false;
  const search::Rung& rung = state.rungs[state.rung];
  if (state.rung == 0) {
    for (std::size_t n = 0; n < rung.settings; ++n) state.points.push_back(random_point(search, n));
  } else {
    std::vector<std::optional<double>> losses;
    for (const std::size_t row : state.rows) losses.push_back(selection_loss(plan, row, journal));
    std::vector<std::vector<double>> best;
    for (const std::size_t n : search::best_of(losses, rung.settings)) {
      best.push_back(state.points[n]);
    }
    state.points = std::move(best);
    state.rows.clear();
  }
  ++state.rung;
  add(search, state, rung.resource, plan, rows);
  return true;
}

bool Searching::next_trial(const spec::Search& search, State& state, Plan& plan,
                           const Journal& journal, std::vector<spec::Row>& rows) const {
  const std::size_t tried = state.points.size();
  if (tried == static_cast<std::size_t>(search.options.trials)) return false;
  if (tried < static_cast<std::size_t>(search.options.startup)) {
    state.points.push_back(random_point(search, tried));
  } else {
    for (std::size_t n = state.trials.size(); n < tried; ++n) {
      state.trials.push_back({state.points[n], selection_loss(plan, state.rows[n], journal)});
    }
    const Random random = Random(search.options.seed).stream("tpe").stream(tried);
    state.points.push_back(search::suggest(search.choices, state.trials, random));
  }
  add(search, state, 0, plan, rows);
  return true;
}

bool Searching::next(Plan& plan, const Journal& journal, const Workshop& workshop) {
  bool any = false;
  std::vector<spec::Row> rows;
  for (std::size_t n = 0; n < states_.size(); ++n) {
    const spec::Search& search = plan.experiment.searches[n];
    const bool more = search.options.kind == "halving"
                          ? next_rung(search, states_[n], plan, journal, rows)
                          : next_trial(search, states_[n], plan, journal, rows);
    any = any || more;
  }
  add_rows(plan, std::move(rows), workshop);
  return any;
}

}  // namespace cofi::run
