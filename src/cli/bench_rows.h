#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/row_printer.h"
#include "cli/session.h"
#include "engine/measure/benchmark.h"

namespace hearth::cli {

/// What the rows of one session have in common: the model, as llama-bench words it, and how it is run.
struct BenchSubject {
  std::string file, type, backend, kv_type;
  size_t size = 0, num_parameters = 0;
  int num_threads = 0, max_batch_tokens = 0;
};
BenchSubject describe(const LoadedModel& session);

/// How long a new mapping of a file takes until it has drawn a first token.
struct LoadSample {
  std::chrono::nanoseconds load{};        ///< map, plan, pack
  std::chrono::nanoseconds vocabulary{};  ///< 0: the file has none that is known
  std::chrono::nanoseconds first_token{};
};

Row test_row(const BenchSubject& subject, const BenchmarkTest& test, const BenchmarkSamples& samples);
Row batch_row(const BenchSubject& subject, const BatchTest& test, std::span<const BatchSample> samples);
Row request_row(const BenchSubject& subject, const BenchmarkTest& test,
                std::span<const RequestSample> samples);
Row load_row(const BenchSubject& subject, std::span<const LoadSample> samples);

}  // namespace hearth::cli
