#include "cli/encoder_bench.h"

#include <algorithm>

#include "cli/bench_rows.h"
#include "engine/measure/benchmark.h"

namespace hearth::cli {
namespace {

/// With room for every text, and for as many at once.
SessionOptions with_room(SessionOptions options, const EncoderBench& bench) {
  ModelOptions& load = options.load;
  load.context = bench.lengths.empty() ? 1 : std::ranges::max(bench.lengths);
  for (const size_t parallel : bench.parallels) load.num_sequences = std::max(load.num_sequences, parallel);
  return options;
}

Status run_length(LoadedModel& session, size_t length, const EncoderBench& bench, RowPrinter& printer) {
  const BenchSubject subject = describe(session);
  Engine& engine = *TRY(session.engine());
  if (bench.parallels.empty()) {
    BenchmarkSamples samples{
        TRY(run_texts(engine, {.num_tokens = length}, bench.repetitions, steady_clock()))};
    printer.print(test_row(subject, {.num_prompt = length}, samples));
  }
  for (const size_t parallel : bench.parallels) {
    const TextsTest test{.num_tokens = length, .num_texts = parallel};
    std::vector<BatchSample> samples;
    for (const auto time : TRY(run_texts(engine, test, bench.repetitions, steady_clock())))
      samples.push_back({.prompt = time, .generate = {}});
    printer.print(batch_row(subject, {.num_prompt = length, .num_parallel = parallel}, samples));
  }
  return {};
}

}  // namespace

Status bench_encoder(const EncoderBench& bench, RowPrinter& printer) {
  SessionOptions options = with_room(bench.session, bench);
  for (const int threads : bench.threads.empty() ? std::vector<int>{0} : bench.threads) {
    options.compute.threads = threads;
    const auto session = TRY(open_session(options, no_log()));
    for (const size_t length : bench.lengths) TRY(run_length(*session, length, bench, printer));
  }
  return {};
}

}  // namespace hearth::cli
