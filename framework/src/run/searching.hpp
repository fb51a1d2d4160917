// Searches of a plan's experiment: which rows to run next, given how the earlier ones came out.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "run/journal.hpp"
#include "run/plan.hpp"
#include "search/halving.hpp"
#include "search/tpe.hpp"

namespace cofi::run {

// What is proposed depends on the spec and on outcomes alone, so that a run that goes on proposes
// the same as before.
class Searching {
 public:
  explicit Searching(const Plan& plan);

  // Adds the next rows of all searches to the plan, whose rows so far have run. False where there
  // are none, and all searches are over.
  bool next(Plan& plan, const Journal& journal, const Workshop& workshop);

 private:
  struct State {
    std::vector<search::Rung> rungs;  // halving
    std::size_t rung = 0;
    std::vector<std::vector<double>> points;   // of the settings under way (halving) or tried (tpe)
    std::vector<std::size_t> rows;             // of each: its row of the plan
    std::vector<search::Trial> trials;         // tpe: those of them whose outcome was asked for
    std::map<std::string, std::size_t> known;  // rows by their settings
  };
  void add(const spec::Search& search, State& state, std::int64_t resource, Plan& plan,
           std::vector<spec::Row>& rows) const;
  bool next_rung(const spec::Search& search, State& state, Plan& plan, const Journal& journal,
                 std::vector<spec::Row>& rows) const;
  bool next_trial(const spec::Search& search, State& state, Plan& plan, const Journal& journal,
                  std::vector<spec::Row>& rows) const;

  std::vector<State> states_;  // as the experiment's searches
};

}  // namespace cofi::run
