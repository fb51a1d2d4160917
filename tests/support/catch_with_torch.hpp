// Compiled before every test that uses LibTorch: its headers bring glog's CHECK, which ends the
// process; here it gives way to Catch's, whatever the order of includes in the test.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Logging.h>
#undef CHECK
#include <catch2/catch.hpp>
