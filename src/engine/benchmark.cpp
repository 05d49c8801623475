#include "engine/benchmark.h"

#include <cmath>
#include <memory>

#include "engine/philox.h"
#include "engine/token_feed.h"

namespace hearth {
namespace {

/// Feeds random tokens to a number of sequences.
class Load {
 public:
  Load(ModelRunner& runner, size_t num_sequences) : runner_(runner) {
    for (size_t i = 0; i < num_sequences; ++i) {
      owned_.push_back(std::make_unique<TokenFeed>(runner));
      feeds_.push_back(owned_.back().get());
    }
  }

  void reset() {
    for (TokenFeed* feed : feeds_) feed->reset();
  }

  /// `count` tokens to each sequence, in batches as large as the model takes.
  Status prompt(size_t count) {
    const size_t step = size_t(runner_.model().max_batch_tokens());
    for (TokenFeed* feed : feeds_) {
      for (size_t done = 0; done < count; done += step) {
        fill(std::min(step, count - done));
        TRY(feed->append(tokens_, 1));
      }
    }
    return {};
  }

  /// `count` tokens to each sequence, one a batch.
  Status generate(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      fill(feeds_.size());
      TRY(TokenFeed::append_each(feeds_, tokens_));
    }
    return {};
  }

 private:
  void fill(size_t count) {
    tokens_.resize(count);
    for (TokenId& id : tokens_) {
      id = TokenId(uniform(1, num_drawn_++, RandomStream::kToken) * double(runner_.vocab_size()));
    }
  }

  ModelRunner& runner_;
  std::vector<std::unique_ptr<TokenFeed>> owned_;
  std::vector<TokenFeed*> feeds_;
  std::vector<TokenId> tokens_;
  uint64_t num_drawn_ = 0;
};

}  // namespace

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

Result<BenchmarkSamples> run_benchmark(ModelRunner& runner, const BenchmarkTest& test, size_t repetitions,
                                       const Clock& clock) {
  Load load(runner, test.num_parallel);
  TRY(load.prompt(test.num_prompt));
  TRY(load.generate(std::min<size_t>(test.num_generate, 1)));
  BenchmarkSamples samples;
  for (size_t i = 0; i < repetitions; ++i) {
    load.reset();
    TRY(load.prompt(test.depth));
    const auto begin = clock();
    TRY(load.prompt(test.num_prompt));
    TRY(load.generate(test.num_generate));
    samples.times.push_back(clock() - begin);
  }
  return samples;
}

}  // namespace hearth
