#include "run/systems.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <utility>

#include "cofi/files.hpp"

#include "run/csv.hpp"

namespace cofi::run {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// folds.csv: rows with the same `system` are one; the columns before `fold` are its setting, those
// between `seed` and `unseen_users` are metrics.
class FoldsFile {
 public:
  explicit FoldsFile(const std::string& folder) : folder_(folder), path_(folder + "/folds.csv") {
    if (!std::filesystem::exists(path_)) {
      throw Error(folder, ": no folds.csv here: not the folder of a run, or of one that has not ",
                  "ended yet; give the folder that cofi run wrote");
    }
    rows_ = csv_rows(FileBytes::open(path_).bytes());
    if (rows_.empty()) throw Error(path_, ": empty; run the spec again");
    const std::string users = folder + "/per_user.csv";
    for (std::vector<std::string>& each : csv_rows(FileBytes::open(users).bytes())) {
      if (each.size() != 3) throw Error(users, ": damaged; run the spec again");
      user_files_.emplace(std::pair(each[0], each[1]), std::move(each[2]));
    }
    first_metric_ = column("seed") + 1;
    last_metric_ = column("unseen_users");
  }

  std::vector<System> systems() {
    const std::size_t fold_column = column("fold");
    for (std::size_t n = 1; n < rows_.size(); ++n) {
      if (rows_[n].size() != rows_[0].size()) throw Error(path_, ":", n + 1, ": a damaged line");
      add(n, {rows_[n].begin(), rows_[n].begin() + std::ptrdiff_t(fold_column)});
    }
    std::vector<System> done;
    for (Part& part : parts_) {
      if (part.complete) done.push_back(finished(std::move(part)));
    }
    return done;
  }

 private:
  struct Sum {
    double value = 0;
    std::size_t count = 0;
    void add(double more) {
      value += more;
      ++count;
    }
    double mean() const { return value / static_cast<double>(count); }
  };
  struct Part {
    System system;
    std::vector<std::string> setting;  // what all its rows agree on
    bool complete = true;
    Sum test_to_train;
    std::map<std::string, std::map<std::size_t, Sum>> folds;     // by metric and fold
    std::map<std::string, std::vector<std::string>> user_files;  // by metric
  };

  std::size_t column(const std::string& name) const { return column_of(path_, rows_[0], name); }

  // The n-th row.
  void add(std::size_t n, const std::vector<std::string>& setting) {
    const std::vector<std::string>& row = rows_[n];
    // What was not selected has no test values.
    if (row[column("system")].empty()) return;
    const auto [place, is_new] = places_.emplace(row[column("system")], parts_.size());
    if (is_new) {
      parts_.emplace_back();
      parts_.back().setting = setting;
      parts_.back().system.data = row[column("data")];
    }
    Part& part = parts_[place->second];
    for (std::size_t c = 0; c < setting.size(); ++c) {
      if (part.setting[c] != setting[c]) part.setting[c].clear();
    }
    if (row[column("status")].compare(0, 4, "done") != 0) {
      part.complete = false;
      return;
    }
    const auto fold = static_cast<std::size_t>(std::atoll(row[column("fold")].c_str()));
    if (part.system.splits.size() <= fold) part.system.splits.resize(fold + 1);
    part.system.splits[fold] = row[column("split")];
    part.test_to_train.add(std::atof(row[column("test_to_train")].c_str()));
    for (std::size_t c = first_metric_; c < last_metric_; ++c) {
      if (row[c].empty()) continue;
      part.folds[rows_[0][c]][fold].add(std::atof(row[c].c_str()));
      const auto file = user_files_.find({std::to_string(n), rows_[0][c]});
      if (file != user_files_.end()) {
        part.user_files[rows_[0][c]].push_back(folder_ + "/" + file->second);
      }
    }
  }

  void name(const std::vector<std::string>& setting, System& system) const {
    for (std::size_t c = 0; c < setting.size(); ++c) {
      if (rows_[0][c] == "dataset") {
        system.dataset = setting[c];
      } else if (rows_[0][c] == "model") {
        system.name = setting[c];
      } else if (!setting[c].empty() && rows_[0][c] != "selected") {
        system.name += ", " + rows_[0][c] + " " + setting[c];
      }
    }
  }

  System finished(Part part) const {
    System system = std::move(part.system);
    name(part.setting, system);
    system.test_to_train = part.test_to_train.mean();
    for (const auto& [metric, folds] : part.folds) {
      // A metric that some folds have no value of compares with nothing.
      if (folds.size() != system.splits.size()) continue;
      Outcomes& outcomes = system.metrics[metric];
      for (const auto& each : folds) outcomes.folds.push_back(each.second.mean());
      outcomes.user_files = std::move(part.user_files[metric]);
    }
    return system;
  }

  std::string folder_, path_;
  Rows rows_;
  // per_user.csv: the files of each user's values, by the row (from 1) and metric.
  std::map<std::pair<std::string, std::string>, std::string> user_files_;
  std::size_t first_metric_ = 0, last_metric_ = 0;
  std::map<std::string, std::size_t> places_;
  std::vector<Part> parts_;
};

}  // namespace

std::vector<UserValue> users_of(const Outcomes& outcomes) {
  std::vector<UserValue> all;
  for (const std::string& path : outcomes.user_files) {
    Rows rows = csv_rows(FileBytes::open(path).bytes());
    for (std::size_t n = 1; n < rows.size(); ++n) {
      if (rows[n].size() != 2) {
        throw Error(path, ":", n + 1, ": a damaged line, expected user,value; run the spec again");
      }
      all.emplace_back(std::move(rows[n][0]), std::strtod(rows[n][1].c_str(), nullptr));
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const UserValue& a, const UserValue& b) { return a.first < b.first; });
  std::size_t users = 0;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    double sum = 0;
    for (end = begin; end < all.size() && all[end].first == all[begin].first; ++end) {
      sum += all[end].second;
    }
    const double mean = sum / static_cast<double>(end - begin);
    if (users < begin) all[users].first = std::move(all[begin].first);
    all[users++].second = mean;
  }
  all.resize(users);
  return all;
}

std::vector<System> read_systems(const std::string& folder) { return FoldsFile(folder).systems(); }

}  // namespace cofi::run
