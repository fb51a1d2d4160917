#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <catch2/catch.hpp>

#include <cstdint>
#include <stdexcept>

#include "cofi/archive.hpp"
#include "cofi/kernels/rows.hpp"

namespace kernels = cofi::kernels;

TEST_CASE("padded rows") {
  const at::Tensor table = kernels::padded_rows(3, 20);
  SECTION("look like a plain table of zeros") {
    CHECK(table.size(0) == 3);
    CHECK(table.size(1) == 20);
    CHECK(table.sum().item<float>() == 0);
  }
  SECTION("start on cache lines") {
    const kernels::RowTable rows = kernels::row_table(table);
    CHECK(rows.stride == 32);
    CHECK(rows.width == 20);
    CHECK(reinterpret_cast<std::uintptr_t>(rows.row(0)) % 64 == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(rows.row(2)) % 64 == 0);
  }
  SECTION("are laid out anew with all of their padding, of the last row, too") {
    const at::Tensor zeros = kernels::zeros_laid_out_as(table);
    CHECK(zeros.sizes() == table.sizes());
    CHECK(zeros.strides() == table.strides());
    CHECK(zeros.storage().nbytes() >= std::size_t{3} * 32 * sizeof(float));
    CHECK(kernels::row_table(zeros).row(2)[31] == 0);
  }
  SECTION("are zero beyond their width, whatever they are filled with") {
    const at::Tensor ones = kernels::padded_copy(at::ones({3, 20}, at::kFloat));
    CHECK(ones.sum().item<float>() == 60);
    const kernels::RowTable rows = kernels::row_table(ones);
    for (std::int64_t c = 20; c < rows.stride; ++c) CHECK(rows.row(2)[c] == 0);
  }
  SECTION("are copied where they are not padded yet, else taken as they are") {
    CHECK(kernels::padded_on_cpu(table).is_same(table));
    at::Tensor dense = at::ones({3, 20}, at::kFloat);
    CHECK(kernels::padded_on_cpu(dense).equal(dense));
    kernels::pad_rows(dense);
    CHECK(kernels::row_table(dense).stride == 32);
  }
  SECTION("are read as copies, from wherever the archive has them") {
    cofi::Archive archive;
    at::Tensor written = kernels::padded_copy(at::ones({3, 20}, at::kFloat)), read;
    kernels::padded_state(archive, "table", written);
    cofi::Archive stored = archive.reopened().on_cpu();
    kernels::padded_state(stored, "table", read);
    written.zero_();
    CHECK(read.equal(at::ones({3, 20}, at::kFloat)));
    CHECK(kernels::row_table(read).stride == 32);
  }
  SECTION("are the only tables that kernels take") {
    CHECK_THROWS_AS(kernels::row_table(at::zeros({3, 20}, at::kFloat)), std::logic_error);
    CHECK_THROWS_AS(kernels::row_table(at::zeros({3, 32}, at::kDouble)), std::logic_error);
    CHECK_NOTHROW(kernels::row_table(at::zeros({3, 32}, at::kFloat)));
  }
}
