#pragma once

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/measure/token_load.h"

namespace hearth {

/// One thing to time, with llama-bench's meaning: a prompt of `num_prompt` tokens, or `num_generate` tokens
/// one by one without sampling; `depth` tokens are in the cache before, untimed.
struct BenchmarkTest {
  size_t num_prompt = 0;
  size_t num_generate = 0;
  size_t depth = 0;

  size_t num_tokens() const { return num_prompt + num_generate; }
  /// Most tokens of the sequence.
  size_t length() const { return depth + num_tokens(); }
};

/// Times of the runs of a test.
struct BenchmarkSamples {
  std::vector<std::chrono::nanoseconds> times;

  std::vector<double> rates(const BenchmarkTest& test) const;  ///< tokens a second
};

/// Sequences that decode side by side, with the meaning of llama.cpp's batched-bench: each computes a prompt
/// of `num_prompt` tokens, then each step draws a token for every one; `depth` tokens are in each before,
/// untimed. With `shared_prefix` depth and prompt are the same for all.
struct BatchTest {
  size_t num_prompt = 0;
  size_t num_generate = 0;
  size_t depth = 0;
  size_t num_parallel = 1;
  bool shared_prefix = false;

  size_t num_prompt_tokens() const { return num_prompt * num_prefixes(); }
  size_t num_generated_tokens() const { return num_generate * num_parallel; }
  /// Tokens that the cache holds in the end, as batched-bench counts them.
  size_t num_cached_tokens() const {
    return depth * num_prefixes() + num_prompt_tokens() + num_generated_tokens();
  }
  /// Most tokens of one sequence.
  size_t length() const { return depth + num_prompt + num_generate; }
  /// Room that the cache needs for them all: blocks that are not full are not shared.
  size_t room() const;
  /// Depths and prompts that are computed.
  size_t num_prefixes() const { return shared_prefix ? 1 : num_parallel; }
};

/// Texts that an encoder makes vectors of, side by side.
struct TextsTest {
  size_t num_tokens = 0;  ///< of each text
  size_t num_texts = 1;
};

struct BatchSample {
  std::chrono::nanoseconds prompt{}, generate{};
};

/// Times of a whole request to the engine.
struct RequestSample {
  std::chrono::nanoseconds first_token{};  ///< from its submission on
  std::chrono::nanoseconds total{};
};

struct MeanAndDeviation {
  double mean = 0.0;
  double deviation = 0.0;  ///< of the sample: over n - 1
};
MeanAndDeviation mean_and_deviation(const std::vector<double>& values);
/// The middle value, or the mean of the two in the middle; 0 for none.
double median(std::vector<double> values);

/// Completes prompts of `num_prompt` random tokens by `num_generate` sampled ones, one after another, as
/// whole requests. Errors: those of Engine::submit.
Result<std::vector<RequestSample>> run_requests(Engine& engine, const BenchmarkTest& test,
                                                const SamplingParams& sampling, size_t repetitions,
                                                const Clock& clock);

/// Embeds texts of random tokens, whole requests that are submitted together, after one to warm up; the time
/// of each repetition, with what pooling takes. Errors: those of Engine::submit.
Result<std::vector<std::chrono::nanoseconds>> run_texts(Engine& engine, const TextsTest& test,
                                                        size_t repetitions, const Clock& clock);

/// Runs tests on random tokens. What a context holds is computed once for the tests that follow one another
/// at a depth. Not thread-safe. Errors: kContextOverflow where the cache cannot hold a test.
class Benchmark {
 public:
  Benchmark(ModelRunner& runner, Clock clock) : load_(runner), clock_(std::move(clock)) {}

  Result<BenchmarkSamples> run(const BenchmarkTest& test, size_t repetitions);
  Result<std::vector<BatchSample>> run(const BatchTest& test, size_t repetitions);

 private:
  TokenLoad load_;
  Clock clock_;
};

}  // namespace hearth
