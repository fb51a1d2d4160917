// A rank of the world as a worker: it runs cells by itself, in a folder of its own, and hands over
// what comes of them.
#pragma once

#include <functional>
#include <string>

#include "cofi/communicator.hpp"

#include "run/folder.hpp"
#include "run/journal.hpp"
#include "run/worker.hpp"

namespace cofi::run {

// On rank 0, whose folder and journal are the run's. What the two tell each other goes through the
// world's store: the journal so far and the family's files one way, the cells' files and journal
// entries the other.
class RankWorker final : public Worker {
 public:
  RankWorker(Store& store, int rank, const Folder& folder, Journal& journal);
  // Tells the rank that there is no more to do.
  ~RankWorker() override;
  RankWorker(const RankWorker&) = delete;
  RankWorker& operator=(const RankWorker&) = delete;

  void give(const std::string& family, const std::vector<const Cell*>& cells) override;
  bool answered() override;
  Answer take() override;
  void stop(int signal) override;

 private:
  Store& store_;
  int rank_, orders_ = 0;
  const Folder& folder_;
  Journal& journal_;
  std::vector<const Cell*> cells_;
};

// On the rank: does what it is given, in the folder, with the journal that comes with it, until
// there is no more. `run` runs a family's cells.
void serve_as_rank(Store& store, int rank, const Folder& folder, Journal& journal,
                   const std::function<Worker::Answer(const std::string& family)>& run);

}  // namespace cofi::run
