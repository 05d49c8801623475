#include "engine/measure/benchmark.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "backend/ops.h"

namespace hearth {

std::vector<double> BenchmarkSamples::rates(const BenchmarkTest& test) const {
  std::vector<double> rates;
  for (auto time : times)
    rates.push_back(double(test.num_tokens()) * 1e9 / double(std::max<int64_t>(time.count(), 1)));
  return rates;
}

MeanAndDeviation mean_and_deviation(const std::vector<double>& values) {
  if (values.empty()) return {};
  MeanAndDeviation result;
  for (double value : values) result.mean += value / double(values.size());
  double squares = 0.0;
  for (double value : values) squares += (value - result.mean) * (value - result.mean);
  if (values.size() > 1) result.deviation = std::sqrt(squares / double(values.size() - 1));
  return result;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  std::ranges::sort(values);
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

size_t BatchTest::room() const {
  const size_t prefix = depth + num_prompt;
  const size_t shared = shared_prefix ? prefix / kKvBlockTokens * kKvBlockTokens : 0;
  return shared + num_parallel * (length() - shared);
}

Result<std::vector<RequestSample>> run_requests(Engine& engine, const BenchmarkTest& test,
                                                const SamplingParams& sampling, size_t repetitions,
                                                const Clock& clock) {
  std::vector<RequestSample> samples;
  for (size_t i = 0; i < repetitions; ++i) {
    RequestSample sample;
    std::optional<Error> error;
    bool done = false;
    GenerateRequest request;
    std::vector<TokenId> prompt(test.num_prompt);
    draw_tokens(prompt, engine.vocab_size(), i);
    request.prompt = std::move(prompt);
    request.sampling = sampling;
    request.sampling.seed = i;
    request.max_tokens = test.num_generate;
    request.ignore_eos = true;
    const auto begin = clock();
    request.on_event = [&](const GenerateEvent& event) {
      if (sample.first_token.count() == 0 && !event.tokens.empty()) sample.first_token = clock() - begin;
      if (event.result == nullptr) return;
      error = event.result->error;
      done = true;
    };
    TRY(engine.submit(std::move(request)));
    while (!done) engine.step();
    if (error) return std::unexpected(*error);
    sample.total = clock() - begin;
    samples.push_back(sample);
  }
  return samples;
}

namespace {

/// Submits texts and steps until all have their vectors.
Status embed_texts(Engine& engine, const TextsTest& test, std::optional<Error>& error) {
  size_t num_open = 0;
  for (size_t i = 0; i < test.num_texts; ++i) {
    GenerateRequest request;
    request.task = Task::kEmbed;
    std::vector<TokenId> tokens(test.num_tokens);
    draw_tokens(tokens, engine.vocab_size(), i);
    request.prompt = std::move(tokens);
    request.on_event = [&](const GenerateEvent& event) {
      if (event.result == nullptr) return;
      if (event.result->error) error = event.result->error;
      --num_open;
    };
    TRY(engine.submit(std::move(request)));
    ++num_open;
  }
  while (num_open > 0) engine.step();
  return {};
}

}  // namespace

Result<std::vector<std::chrono::nanoseconds>> run_texts(Engine& engine, const TextsTest& test,
                                                        size_t repetitions, const Clock& clock) {
  std::vector<std::chrono::nanoseconds> times;
  std::optional<Error> error;
  TRY(embed_texts(engine, test, error));
  for (size_t i = 0; i < repetitions && !error; ++i) {
    const auto begin = clock();
    TRY(embed_texts(engine, test, error));
    times.push_back(clock() - begin);
  }
  if (error) return std::unexpected(*error);
  return times;
}

Result<BenchmarkSamples> Benchmark::run(const BenchmarkTest& test, size_t repetitions) {
  load_.set_up(1, false);
  TRY(load_.go_to(test.depth));
  // Computing the depth has warmed the prompt's kernels up already.
  if (test.depth == 0) TRY(load_.prompt(test.num_prompt));
  TRY(load_.generate(std::min<size_t>(test.num_generate, 1)));
  BenchmarkSamples samples;
  for (size_t i = 0; i < repetitions; ++i) {
    TRY(load_.go_to(test.depth));
    const auto begin = clock_();
    TRY(load_.prompt(test.num_prompt));
    TRY(load_.generate(test.num_generate));
    samples.times.push_back(clock_() - begin);
  }
  TRY(load_.check());
  return samples;
}

Result<std::vector<BatchSample>> Benchmark::run(const BatchTest& test, size_t repetitions) {
  load_.set_up(test.num_parallel, test.shared_prefix);
  TRY(load_.go_to(test.depth));
  if (test.depth == 0) TRY(load_.prompt(std::min<size_t>(test.num_prompt, kKvBlockTokens)));
  TRY(load_.generate(std::min<size_t>(test.num_generate, 1)));
  std::vector<BatchSample> samples;
  for (size_t i = 0; i < repetitions; ++i) {
    TRY(load_.go_to(test.depth));
    const auto begin = clock_();
    TRY(load_.prompt(test.num_prompt));
    const auto middle = clock_();
    TRY(load_.generate(test.num_generate));
    samples.push_back({.prompt = middle - begin, .generate = clock_() - middle});
  }
  TRY(load_.check());
  return samples;
}

}  // namespace hearth
