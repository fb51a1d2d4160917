// Rows that the ranks of a fit compute among them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/communicator.hpp"
#include "cofi/parallel.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi {

// Work that a rank may fail at alone, in the middle of what all do: where one throws an Error, all
// of them throw that of the first.
COFI_API void together(Communicator& communicator, const std::function<void()>& work);

// The rows [begin, end) of a table [rows, ...], with the padding between them: one piece of memory,
// as operations of a communicator take it. At least one row.
COFI_API at::Tensor piece_of_rows(const at::Tensor& table, std::int64_t begin, std::int64_t end);

// After it every rank has all rows of the table [rows, ...], of which rank r had those from
// first[r] to before first[r + 1]; rows may be padded (strides), if all by as much. Every rank
// receives the whole table once, less its own part.
COFI_API void gather_rows(Communicator& communicator, const at::Tensor& table,
                          const std::vector<std::int64_t>& first);
template <class T>
void gather_rows(Communicator& communicator, std::vector<T>& rows,
                 const std::vector<std::int64_t>& first);
// The same of sparse rows, of which each rank has left the others' empty.
COFI_API void gather_rows(Communicator& communicator, SparseRows& rows,
                          const std::vector<std::int64_t>& first);

class COFI_API RowShares {
 public:
  // starts: [rows + 1] what there is to do before each row, as SparseRows::starts. Each rank gets a
  // range of rows, cut at multiples of the grain, with about as much to do as another's; row_cost:
  // what there is to do for a row besides, where it has anything. The communicator must outlive
  // this.
  RowShares(View<std::int64_t> starts, std::int64_t grain, Communicator& communicator,
            std::int64_t row_cost = 0);
  // So many rows that all take as much.
  RowShares(std::int64_t rows, std::int64_t grain, Communicator& communicator);

  // [ranks + 1] each rank's first row.
  const std::vector<std::int64_t>& first() const { return first_; }
  std::int64_t begin() const { return first_[static_cast<std::size_t>(communicator_.rank())]; }
  std::int64_t end() const { return first_[static_cast<std::size_t>(communicator_.rank()) + 1]; }

  // Calls body(begin, end) for this rank's rows, at most `grain` of them and in parallel; an Error
  // is thrown on all ranks.
  void each(const ThreadPool& pool,
            const std::function<void(std::int64_t begin, std::int64_t end)>& body) const;
  // The same for a body that computes these rows of the tables: afterwards every rank has all rows.
  // Returns the sum of what the bodies returned, the same bits at any number of ranks and threads.
  double run(const ThreadPool& pool, const std::vector<at::Tensor>& tables,
             const std::function<double(std::int64_t begin, std::int64_t end)>& body) const;

 private:
  Communicator& communicator_;
  std::int64_t rows_, grain_;
  std::vector<std::int64_t> first_;  // multiples of the grain, but for the end
};

// As bytes: for rows of numbers.
COFI_API void gather_bytes(Communicator& communicator, void* rows, std::int64_t row_bytes,
                           const std::vector<std::int64_t>& first);

template <class T>
void gather_rows(Communicator& communicator, std::vector<T>& rows,
                 const std::vector<std::int64_t>& first) {
  gather_bytes(communicator, rows.data(), sizeof(T), first);
}

}  // namespace cofi
