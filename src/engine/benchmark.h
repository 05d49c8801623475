#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "engine/model_runner.h"
#include "engine/request.h"

namespace hearth {

/// One thing to time, with llama-bench's meaning: a prompt of `num_prompt` tokens, or `num_generate` tokens
/// one by one without sampling; `depth` tokens are in the cache before, untimed.
struct BenchmarkTest {
  size_t num_prompt = 0;
  size_t num_generate = 0;
  size_t depth = 0;
  size_t num_parallel = 1;  ///< sequences that generate side by side, in one batch

  size_t num_tokens() const { return num_prompt + num_generate * num_parallel; }
  /// Most tokens of one sequence.
  size_t length() const { return depth + std::max(num_prompt, num_generate); }
};

/// Times of the runs of a test, one to warm up left out.
struct BenchmarkSamples {
  std::vector<std::chrono::nanoseconds> times;

  std::vector<double> rates(const BenchmarkTest& test) const;  ///< tokens a second
};

struct MeanAndDeviation {
  double mean = 0.0;
  double deviation = 0.0;  ///< of the sample: over n - 1
};
MeanAndDeviation mean_and_deviation(const std::vector<double>& values);

/// Runs a test `repetitions` times on random tokens. Error: kContextOverflow where the cache cannot hold it.
Result<BenchmarkSamples> run_benchmark(ModelRunner& runner, const BenchmarkTest& test, size_t repetitions,
                                       const Clock& clock);

}  // namespace hearth
