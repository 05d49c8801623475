#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "cli/row_printer.h"
#include "cli/session.h"

namespace hearth::cli {

/// What is measured of an encoder: a text of each length by itself, or so many of it side by side.
struct EncoderBench {
  SessionOptions session;
  std::vector<size_t> lengths;    ///< tokens of a text
  std::vector<size_t> parallels;  ///< texts at once; empty: one, in llama-bench's words
  std::vector<int> threads;       ///< empty: as usual
  size_t repetitions = 1;
};

/// Errors: those of `open_session` and `run_texts`.
Status bench_encoder(const EncoderBench& bench, RowPrinter& printer);

}  // namespace hearth::cli
