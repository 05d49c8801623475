#pragma once

#include <optional>

#include "base/threads.h"

namespace hearth {

/// What a machine can do at most, to divide measured speeds by. What the processor lacks is missing.
struct MachinePeak {
  std::optional<double> int8_gops;    ///< 8-bit dot products; a multiply and an add are two operations
  std::optional<double> bf16_gflops;  ///< bfloat16 dot products
  std::optional<double> read_gb_s;    ///< reading memory that no cache holds
};

/// Measures it with all threads of the pool; takes some seconds and 512 MB. The best of several passes
/// counts: a ceiling is what nothing else on the machine disturbs.
MachinePeak measure_machine(ThreadPool& pool);

}  // namespace hearth
