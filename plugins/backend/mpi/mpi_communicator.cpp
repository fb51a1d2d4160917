#include "mpi_communicator.hpp"

#include <ATen/ops/empty.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <utility>
#include <vector>

namespace {

using cofi::Error;
using Tensors = cofi::Communicator::Tensors;

constexpr int kTag = 0;

void require(int code, const char* operation) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error("backend/mpi: ", operation, ": ", text.data());
}

void finalize() {
  int done = 0;
  MPI_Finalized(&done);
  if (done == 0) MPI_Finalize();
}

// Once a process. Other threads than the one that trains do not call MPI, but they run beside it.
void initialize() {
  int begun = 0;
  MPI_Initialized(&begun);
  if (begun != 0) return;
  int provided = 0;
  require(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
  if (provided < MPI_THREAD_FUNNELED) {
    throw Error(
        "backend/mpi: this MPI library knows no threads (it offers MPI_THREAD_SINGLE); use ",
        "one that does, or backend: gloo");
  }
  std::atexit(&finalize);
}

MPI_Datatype type_of(const at::Tensor& tensor, const char* operation) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return MPI_FLOAT;
    case at::kDouble:
      return MPI_DOUBLE;
    case at::kInt:
      return MPI_INT32_T;
    case at::kLong:
      return MPI_INT64_T;
    case at::kByte:
      return MPI_UINT8_T;
    case at::kChar:
      return MPI_INT8_T;
    case at::kShort:
      return MPI_INT16_T;
    default:
      throw Error("backend/mpi: ", operation, " of tensors of ", at::toString(tensor.scalar_type()),
                  "; it takes those of float32, float64, int8, int16, int32, int64 and uint8");
  }
}

int count_of(const at::Tensor& tensor, const char* operation) {
  if (!tensor.is_cpu()) {
    throw Error("backend/mpi: ", operation, ": a tensor on ", tensor.device().str(),
                "; it takes those on the CPU");
  }
  if (!tensor.is_contiguous()) {
    throw Error("backend/mpi: ", operation, ": a tensor that is not contiguous");
  }
  if (tensor.numel() > INT_MAX) {
    throw Error("backend/mpi: ", operation, " of ", tensor.numel(), " numbers; MPI counts to ",
                INT_MAX, ": send parts");
  }
  return static_cast<int>(tensor.numel());
}

MPI_Op mpi_op(cofi::ReduceOp op) {
  switch (op) {
    case cofi::ReduceOp::kProduct:
      return MPI_PROD;
    case cofi::ReduceOp::kMin:
      return MPI_MIN;
    case cofi::ReduceOp::kMax:
      return MPI_MAX;
    case cofi::ReduceOp::kSum:
      break;
  }
  return MPI_SUM;
}

class MpiWork final : public cofi::Work {
 public:
  // `row` arrives in one piece and is for `out`, each a part of it, once it is there; both may be
  // empty. `held` must stay until then.
  MpiWork(const char* operation, MPI_Request request, Tensors held, at::Tensor row = {},
          Tensors out = {})
      : operation_(operation),
        request_(request),
        held_(std::move(held)),
        row_(std::move(row)),
        out_(std::move(out)) {}
  ~MpiWork() override {
    // What is under way writes to tensors that go with this.
    if (request_ != MPI_REQUEST_NULL) MPI_Wait(&request_, MPI_STATUS_IGNORE);
  }
  MpiWork(const MpiWork&) = delete;
  MpiWork& operator=(const MpiWork&) = delete;

  void wait() override {
    require(MPI_Wait(&request_, MPI_STATUS_IGNORE), operation_);
    for (std::size_t n = 0; n < out_.size(); ++n) {
      out_[n].copy_(row_[static_cast<std::int64_t>(n)].view(out_[n].sizes()));
    }
    out_.clear();
  }

 private:
  const char* operation_;
  MPI_Request request_;
  Tensors held_;
  at::Tensor row_;
  Tensors out_;
};

class Pieces final : public cofi::Work {
 public:
  explicit Pieces(std::vector<cofi::Communicator::Pending> all) : all_(std::move(all)) {}
  void wait() override {
    for (const auto& each : all_) each->wait();
  }

 private:
  std::vector<cofi::Communicator::Pending> all_;
};

cofi::Communicator::Pending work(const char* operation, MPI_Request request, Tensors held,
                                 at::Tensor row = {}, Tensors out = {}) {
  return std::make_unique<MpiWork>(operation, request, std::move(held), std::move(row),
                                   std::move(out));
}

}  // namespace

std::unique_ptr<MpiCommunicator> MpiCommunicator::of_job(const cofi::World& world) {
  initialize();
  MPI_Comm comm = MPI_COMM_NULL;
  require(MPI_Comm_dup(MPI_COMM_WORLD, &comm), "MPI_Comm_dup");
  auto job = std::make_unique<MpiCommunicator>(comm);
  if (job->size() != world.size || job->rank() != world.rank) {
    throw Error("backend/mpi: this process is rank ", job->rank(), " of ", job->size(),
                " for MPI, and rank ", world.rank, " of ", world.size,
                " of the world: start it with mpirun (--np does), whose ranks it takes");
  }
  return job;
}

MpiCommunicator::MpiCommunicator(MPI_Comm comm) : comm_(comm) {
  MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN);
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &size_);
}

MpiCommunicator::~MpiCommunicator() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized == 0) MPI_Comm_free(&comm_);
}

void MpiCommunicator::require_rank(int rank, const char* operation) const {
  if (rank >= 0 && rank < size_) return;
  throw Error("backend/mpi: ", operation, ": there is no rank ", rank, " in a world of ", size_);
}

at::Tensor MpiCommunicator::row_of(const Tensors& tensors, const at::Tensor& own,
                                   const char* operation) const {
  if (static_cast<int>(tensors.size()) != size_) {
    throw Error("backend/mpi: ", operation, ": ", tensors.size(), " tensors for a world of ", size_,
                " ranks, which need one each");
  }
  for (const at::Tensor& each : tensors) {
    if (each.numel() != own.numel() || each.scalar_type() != own.scalar_type()) {
      throw Error("backend/mpi: ", operation, ": tensors of different sizes or types");
    }
  }
  return at::empty({size_, own.numel()}, own.options());
}

cofi::Communicator::Pending MpiCommunicator::send(at::Tensor tensor, int to) {
  require_rank(to, "send");
  MPI_Request request = MPI_REQUEST_NULL;
  require(MPI_Isend(tensor.data_ptr(), count_of(tensor, "send"), type_of(tensor, "send"), to, kTag,
                    comm_, &request),
          "send");
  return work("send", request, {tensor});
}

cofi::Communicator::Pending MpiCommunicator::recv(at::Tensor tensor, int from) {
  require_rank(from, "recv");
  MPI_Request request = MPI_REQUEST_NULL;
  require(MPI_Irecv(tensor.data_ptr(), count_of(tensor, "recv"), type_of(tensor, "recv"), from,
                    kTag, comm_, &request),
          "recv");
  return work("recv", request, {tensor});
}

// Files and tables of rows are larger than MPI counts to: they go in pieces.
cofi::Communicator::Pending MpiCommunicator::broadcast(at::Tensor tensor, int root) {
  require_rank(root, "broadcast");
  if (tensor.numel() > INT_MAX && tensor.is_contiguous()) {
    std::vector<Pending> pieces;
    for (const at::Tensor& piece : tensor.view({-1}).split(INT_MAX)) {
      pieces.push_back(broadcast(piece, root));
    }
    return std::make_unique<Pieces>(std::move(pieces));
  }
  MPI_Request request = MPI_REQUEST_NULL;
  require(MPI_Ibcast(tensor.data_ptr(), count_of(tensor, "broadcast"), type_of(tensor, "broadcast"),
                     root, comm_, &request),
          "broadcast");
  return work("broadcast", request, {tensor});
}

cofi::Communicator::Pending MpiCommunicator::reduce(at::Tensor tensor, int root,
                                                    cofi::ReduceOp op) {
  require_rank(root, "reduce");
  MPI_Request request = MPI_REQUEST_NULL;
  const bool here = rank_ == root;
  require(MPI_Ireduce(here ? MPI_IN_PLACE : tensor.data_ptr(), here ? tensor.data_ptr() : nullptr,
                      count_of(tensor, "reduce"), type_of(tensor, "reduce"), mpi_op(op), root,
                      comm_, &request),
          "reduce");
  return work("reduce", request, {tensor});
}

cofi::Communicator::Pending MpiCommunicator::all_reduce(at::Tensor tensor, cofi::ReduceOp op) {
  MPI_Request request = MPI_REQUEST_NULL;
  require(MPI_Iallreduce(MPI_IN_PLACE, tensor.data_ptr(), count_of(tensor, "all_reduce"),
                         type_of(tensor, "all_reduce"), mpi_op(op), comm_, &request),
          "all_reduce");
  return work("all_reduce", request, {tensor});
}

cofi::Communicator::Pending MpiCommunicator::gather(at::Tensor tensor, Tensors out, int root) {
  require_rank(root, "gather");
  at::Tensor row;
  if (rank_ == root) row = row_of(out, tensor, "gather");
  const int count = count_of(tensor, "gather");
  const MPI_Datatype type = type_of(tensor, "gather");
  MPI_Request request = MPI_REQUEST_NULL;
  require(MPI_Igather(tensor.data_ptr(), count, type, row.defined() ? row.data_ptr() : nullptr,
                      count, type, root, comm_, &request),
          "gather");
  if (rank_ != root) out.clear();
  return work("gather", request, {tensor}, row, std::move(out));
}

cofi::Communicator::Pending MpiCommunicator::all_gather(at::Tensor tensor, Tensors out) {
  const at::Tensor row = row_of(out, tensor, "all_gather");
  const int count = count_of(tensor, "all_gather");
  const MPI_Datatype type = type_of(tensor, "all_gather");
  MPI_Request request = MPI_REQUEST_NULL;
  require(
      MPI_Iallgather(tensor.data_ptr(), count, type, row.data_ptr(), count, type, comm_, &request),
      "all_gather");
  return work("all_gather", request, {tensor}, row, std::move(out));
}

cofi::Communicator::Pending MpiCommunicator::scatter(Tensors in, at::Tensor out, int root) {
  require_rank(root, "scatter");
  at::Tensor row;
  if (rank_ == root) {
    row = row_of(in, out, "scatter");
    for (std::size_t n = 0; n < in.size(); ++n) {
      row[static_cast<std::int64_t>(n)].copy_(in[n].view({-1}));
    }
  }
  const int count = count_of(out, "scatter");
  const MPI_Datatype type = type_of(out, "scatter");
  MPI_Request request = MPI_REQUEST_NULL;
  require(MPI_Iscatter(row.defined() ? row.data_ptr() : nullptr, count, type, out.data_ptr(), count,
                       type, root, comm_, &request),
          "scatter");
  return work("scatter", request, {out, row});
}

cofi::Communicator::Pending MpiCommunicator::reduce_scatter(Tensors in, at::Tensor out,
                                                            cofi::ReduceOp op) {
  const at::Tensor row = row_of(in, out, "reduce_scatter");
  for (std::size_t n = 0; n < in.size(); ++n) {
    row[static_cast<std::int64_t>(n)].copy_(in[n].view({-1}));
  }
  MPI_Request request = MPI_REQUEST_NULL;
  require(MPI_Ireduce_scatter_block(row.data_ptr(), out.data_ptr(), count_of(out, "reduce_scatter"),
                                    type_of(out, "reduce_scatter"), mpi_op(op), comm_, &request),
          "reduce_scatter");
  return work("reduce_scatter", request, {out, row});
}

cofi::Communicator::Pending MpiCommunicator::all_to_all(Tensors in, Tensors out) {
  if (in.empty() || out.empty()) throw Error("backend/mpi: all_to_all: no tensors");
  const at::Tensor from = row_of(in, in[0], "all_to_all"), to = row_of(out, in[0], "all_to_all");
  for (std::size_t n = 0; n < in.size(); ++n) {
    from[static_cast<std::int64_t>(n)].copy_(in[n].view({-1}));
  }
  const int count = count_of(in[0], "all_to_all");
  const MPI_Datatype type = type_of(in[0], "all_to_all");
  MPI_Request request = MPI_REQUEST_NULL;
  require(MPI_Ialltoall(from.data_ptr(), count, type, to.data_ptr(), count, type, comm_, &request),
          "all_to_all");
  return work("all_to_all", request, {from}, to, std::move(out));
}

cofi::Communicator::Pending MpiCommunicator::barrier() {
  MPI_Request request = MPI_REQUEST_NULL;
  require(MPI_Ibarrier(comm_, &request), "barrier");
  return work("barrier", request, {});
}

std::unique_ptr<cofi::Communicator> MpiCommunicator::subgroup(const std::vector<int>& ranks) {
  for (const int rank : ranks) require_rank(rank, "subgroup");
  MPI_Group all = MPI_GROUP_NULL, some = MPI_GROUP_NULL;
  require(MPI_Comm_group(comm_, &all), "subgroup");
  require(MPI_Group_incl(all, static_cast<int>(ranks.size()), ranks.data(), &some), "subgroup");
  MPI_Comm comm = MPI_COMM_NULL;
  const int code = MPI_Comm_create(comm_, some, &comm);
  MPI_Group_free(&some);
  MPI_Group_free(&all);
  require(code, "subgroup");
  if (comm == MPI_COMM_NULL) return nullptr;
  return std::make_unique<MpiCommunicator>(comm);
}
