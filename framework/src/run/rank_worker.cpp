#include "run/rank_worker.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

#include "run/cell_runner.hpp"
#include "spec/experiment.hpp"

namespace cofi::run {
namespace {

namespace fs = std::filesystem;

constexpr double kNoLimit = 1e9;  // seconds: whoever does not come has died, which ends the process
constexpr char kStop[] = "cells/stop";  // the signal that asks all ranks to stop
constexpr std::chrono::milliseconds kBetweenLooks(500);
constexpr std::size_t kPiece = std::size_t{64} << 20;  // bytes of a value in the store

// Values of any size: in pieces, gone once they are read.
void put(Store& store, const std::string& key, const std::string& bytes) {
  const std::size_t pieces = bytes.size() / kPiece + 1;
  for (std::size_t n = 0; n < pieces; ++n) {
    store.set(key + "/" + std::to_string(n), bytes.substr(n * kPiece, kPiece));
  }
  store.set(key, std::to_string(pieces));
}

std::string take(Store& store, const std::string& key) {
  const int pieces = std::stoi(store.get(key, kNoLimit));
  std::string bytes;
  for (int n = 0; n < pieces; ++n) {
    const std::string piece = key + "/" + std::to_string(n);
    bytes += store.get(piece, kNoLimit);
    store.erase(piece);
  }
  store.erase(key);
  return bytes;
}

std::string key_of(int rank, int order, const char* what) {
  return "cells/" + std::to_string(rank) + "/" + std::to_string(order) + "/" + what;
}

std::string file_key(int rank, int order, const char* what, std::size_t n) {
  return key_of(rank, order, what) + "-file-" + std::to_string(n);
}

std::string contents(const Folder& folder, const std::string& name) {
  const std::vector<char> bytes = folder.read_own(name);
  return {bytes.begin(), bytes.end()};
}

void put_files(Store& store, int rank, int order, const char* what, const Folder& folder,
               const spec::Json& names) {
  for (std::size_t n = 0; n < names.size(); ++n) {
    put(store, file_key(rank, order, what, n), contents(folder, names[n].get<std::string>()));
  }
}

void take_files(Store& store, int rank, int order, const char* what, const Folder& folder,
                const spec::Json& names) {
  for (std::size_t n = 0; n < names.size(); ++n) {
    const auto name = names[n].get<std::string>();
    const fs::path path(name);
    if (path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end()) {
      throw Error("a rank sends a file named ", name, ", which is not one of the run's folder");
    }
    folder.write(name, take(store, file_key(rank, order, what, n)));
  }
}

// All that running cells leaves.
spec::Json files_in(const Folder& folder) {
  spec::Json names = spec::Json::array();
  for (const char* part : {"models", "checkpoints", "per_user", "lists"}) {
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(folder.at(part), none)) {
      if (!entry.is_regular_file()) continue;
      names.push_back(fs::relative(entry.path(), folder.path()).string());
    }
  }
  return names;
}

// While it lives: passes on to this process what RankWorker::stop asks of it.
class StopWatch {
 public:
  explicit StopWatch(Store& store) : thread_([this, &store] { watch(store); }) {}
  ~StopWatch() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;

 private:
  void watch(Store& store) {
    std::unique_lock lock(mutex_);
    try {
      while (!changed_.wait_for(lock, kBetweenLooks, [this] { return done_; })) {
        if (!store.has(kStop)) continue;
        kill(getpid(), std::stoi(store.get(kStop, kNoLimit)));
        return;
      }
    } catch (const Error&) {
      // The world has ended, and the rank with it.
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace

RankWorker::RankWorker(Store& store, int rank, const Folder& folder, Journal& journal)
    : store_(store), rank_(rank), folder_(folder), journal_(journal) {}

RankWorker::~RankWorker() {
  try {
    put(store_, key_of(rank_, ++orders_, "order"), spec::Json::object().dump());
  } catch (const Error&) {
    // The world has ended, and the rank with it.
  }
}

void RankWorker::give(const std::string& family, const std::vector<const Cell*>& cells) {
  given_ = family;
  cells_ = cells;
  ++orders_;
  spec::Json files = spec::Json::array();
  const auto add = [&](const std::string& name) {
    if (name.empty() || !folder_.has(name)) return;
    if (std::find(files.begin(), files.end(), name) == files.end()) files.push_back(name);
  };
  for (const Cell* cell : cells) {
    add(journal_.fit(cell->fit).model);
    for (const std::string& name : checkpoint_of(*cell, folder_).files()) add(name);
  }
  put_files(store_, rank_, orders_, "order", folder_, files);
  put(store_, key_of(rank_, orders_, "journal"), journal_.bytes());
  put(store_, key_of(rank_, orders_, "order"),
      spec::Json({{"family", family}, {"files", files}}).dump());
}

void RankWorker::stop(int signal) { store_.set(kStop, std::to_string(signal)); }

bool RankWorker::answered() { return store_.has(key_of(rank_, orders_, "answer")); }

Worker::Answer RankWorker::take() {
  const spec::Json answer = spec::Json::parse(run::take(store_, key_of(rank_, orders_, "answer")));
  take_files(store_, rank_, orders_, "answer", folder_, answer.at("files"));
  const Journal theirs = Journal::in_memory(run::take(store_, key_of(rank_, orders_, "entries")));
  for (const Cell* cell : cells_) journal_.take(theirs, cell->fit);
  given_.clear();
  return static_cast<Answer>(answer.at("end").get<int>());
}

void serve_as_rank(Store& store, int rank, const Folder& folder, Journal& journal,
                   const std::function<Worker::Answer(const std::string& family)>& run) {
  const StopWatch stopping(store);
  for (int n = 1;; ++n) {
    const spec::Json order = spec::Json::parse(take(store, key_of(rank, n, "order")));
    if (order.empty()) return;
    folder.clear();
    take_files(store, rank, n, "order", folder, order.at("files"));
    journal = Journal::in_memory(take(store, key_of(rank, n, "journal")));
    const Worker::Answer end = run(order.at("family").get<std::string>());
    const spec::Json files = files_in(folder);
    put_files(store, rank, n, "answer", folder, files);
    put(store, key_of(rank, n, "entries"), journal.bytes());
    put(store, key_of(rank, n, "answer"),
        spec::Json({{"end", static_cast<int>(end)}, {"files", files}}).dump());
  }
}

}  // namespace cofi::run
