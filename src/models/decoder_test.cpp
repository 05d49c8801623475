#include "models/decoder.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "backend/backends.h"
#include "models/loader.h"
#include "models/testing/named_backends.h"
#include "models/testing/paged_cache.h"
#include "models/testing/tiny_model.h"

namespace hearth {

namespace {

/// The whole prompt in chunks, as one sequence of a new cache: logits of all rows.
std::vector<float> run_chunks(CausalModel& model, std::span<const int32_t> tokens, int chunk) {
  const PagedCache cache(model, DType::kF32, 1, int(tokens.size()));
  std::vector<float> logits;
  for (int begin = 0; begin < int(tokens.size()); begin += chunk) {
    const SequencePart part{0, tokens, begin, std::min(begin + chunk, int(tokens.size()))};
    const std::vector<float> rows = run_batch(model, cache, {&part, 1});
    logits.insert(logits.end(), rows.begin(), rows.end());
  }
  return logits;
}

/// A tiny model on a backend.
class DecoderTest : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  std::unique_ptr<CausalModel> load(int context_limit) {
    Result<std::unique_ptr<CausalModel>> model =
        load_causal_model(*tiny_.files, *backend_, {.max_batch_tokens = 320, .context_limit = context_limit});
    EXPECT_TRUE(model.has_value()) << model.error().message;
    return model ? std::move(*model) : nullptr;
  }

  const TinyModel tiny_ = TinyModel::open(std::get<0>(GetParam()));
  ThreadPool pool_{2};
  std::unique_ptr<Backend> backend_ = make_named_backend(std::get<1>(GetParam()), pool_);
};

TEST_P(DecoderTest, GivesTheLogitsOfTransformersInAnyChunks) {
  for (const ExpectedPrompt& prompt : tiny_.prompts) {
    const std::unique_ptr<CausalModel> model = load(prompt.context_limit);
    ASSERT_NE(model, nullptr);
    const int length = int(prompt.tokens.size());
    const std::vector<float> whole = run_chunks(*model, prompt.tokens, length);
    const double error = nmse_of_last_rows(whole, prompt.logits);
    EXPECT_LE(error, largest_nmse(tiny_, std::get<1>(GetParam())));
    testing::Test::RecordProperty("nmse", fmt::format("{:.1e}", error));
    for (const int chunk : {1, 3, 7}) {
      EXPECT_EQ(run_chunks(*model, prompt.tokens, chunk), whole) << "in chunks of " << chunk;
    }
  }
}

TEST_P(DecoderTest, GivesTheSameLogitsToSequencesInOneBatch) {
  const ExpectedPrompt& first = tiny_.prompts[0];
  const std::unique_ptr<CausalModel> model = load(first.context_limit);
  ASSERT_NE(model, nullptr);
  const std::vector<int32_t>&a = first.tokens, &b = tiny_.prompts[1].tokens;
  const size_t vocab = size_t(model->config().vocab_size);
  const std::vector<float> a_alone = run_chunks(*model, a, int(a.size()));
  const std::vector<float> b_alone = run_chunks(*model, b, int(b.size()));

  // Sequence b joins late, in chunks that are cut otherwise.
  const PagedCache cache(*model, DType::kF32, 2, int(a.size()));
  int b_begin = 0;
  for (int begin = 0; begin < int(a.size()); begin += 5) {
    const int end = std::min(begin + 5, int(a.size()));
    const int b_end = begin == 0 ? 0 : std::min(b_begin + 3, int(b.size()));
    std::vector<SequencePart> parts;
    if (b_end > b_begin) parts.push_back({1, b, b_begin, b_end});
    parts.push_back({0, a, begin, end});
    const std::vector<float> logits = run_batch(*model, cache, parts);
    const size_t b_size = size_t(b_end - b_begin) * vocab;
    EXPECT_TRUE(std::equal(logits.begin(), logits.begin() + ptrdiff_t(b_size),
                           b_alone.begin() + ptrdiff_t(size_t(b_begin) * vocab)));
    EXPECT_TRUE(std::equal(logits.begin() + ptrdiff_t(b_size), logits.end(),
                           a_alone.begin() + ptrdiff_t(size_t(begin) * vocab)));
    b_begin = b_end;
  }
}

TEST_P(DecoderTest, GivesOnlyTheLogitsThatAreWanted) {
  const ExpectedPrompt& prompt = tiny_.prompts[0];
  const std::unique_ptr<CausalModel> model = load(prompt.context_limit);
  ASSERT_NE(model, nullptr);
  const std::vector<float> whole = run_chunks(*model, prompt.tokens, int(prompt.tokens.size()));
  const PagedCache cache(*model, DType::kF32, 1, int(prompt.tokens.size()));
  std::vector<int32_t> positions(prompt.tokens.size());
  for (size_t i = 0; i < positions.size(); ++i) positions[i] = int32_t(i);
  const std::vector<BatchSequence> sequences{
      {.num_rows = int32_t(positions.size()), .block_tables = cache.block_tables(0)}};
  const std::vector<int32_t> wanted{2, 33};
  const size_t vocab = size_t(model->config().vocab_size);
  std::vector<float> logits(wanted.size() * vocab);
  model->submit({prompt.tokens, positions, sequences, wanted}, cache.groups());
  model->collect(logits);
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_TRUE(std::equal(logits.begin() + ptrdiff_t(i * vocab), logits.begin() + ptrdiff_t((i + 1) * vocab),
                           whole.begin() + ptrdiff_t(size_t(wanted[i]) * vocab)));
  }
}

TEST_P(DecoderTest, GivesMoreOfABatchThatRan) {
  const ExpectedPrompt& prompt = tiny_.prompts[0];
  const std::unique_ptr<CausalModel> model = load(prompt.context_limit);
  ASSERT_NE(model, nullptr);
  const int length = int(prompt.tokens.size());
  const PagedCache cache(*model, DType::kF32, 1, length);
  const SequencePart part{0, prompt.tokens, 0, length};
  const std::vector<float> whole = run_batch(*model, cache, {&part, 1});
  const size_t vocab = size_t(model->config().vocab_size), hidden = size_t(model->config().hidden_size);

  std::vector<float> all_hidden(size_t(length) * hidden), some_hidden(2 * hidden), logits(2 * vocab);
  model->read_hidden(0, length, all_hidden);
  model->read_hidden(3, 2, some_hidden);
  EXPECT_TRUE(std::equal(some_hidden.begin(), some_hidden.end(), all_hidden.begin() + ptrdiff_t(3 * hidden)));
  EXPECT_FALSE(std::equal(some_hidden.begin(), some_hidden.begin() + ptrdiff_t(hidden),
                          some_hidden.begin() + ptrdiff_t(hidden)));
  const std::vector<int32_t> rows{3, 4};
  model->read_logits(rows, logits);
  EXPECT_TRUE(std::equal(logits.begin(), logits.end(), whole.begin() + ptrdiff_t(3 * vocab)));
}

/// Three layers of two windows and of none, each group of which has block tables of its own.
TEST(Decoder, KeepsLayersOfEveryWindowInAGroupOfTheirOwn) {
  const TinyModel tiny = TinyModel::open("llama3");
  const ModelConfig config = describe_model(*tiny.files)->config;
  ThreadPool pool(2);
  const auto reference = make_reference_backend(pool);
  const auto cpu = *make_cpu_backend(pool, "");
  const auto run = [&](Backend& backend, const std::vector<int>& windows, int chunk) {
    const auto layers = layer_specs(config, [&](const ModelConfig&, size_t index) {
      AttentionSpec attention = attention_spec(config, index);
      attention.rope_layout = RopeLayout::kPairs;
      attention.window = windows[index];
      return LayerSpec{.mixer = attention, .feed_forward = feed_forward_spec(config, index)};
    });
    const auto model = *Decoder::load({.tensors = **tiny.files->tensors({}),
                                       .config = config,
                                       .placement = backend,
                                       .max_batch_tokens = 128,
                                       .context_limit = 256,
                                       .log = no_log()},
                                      layers);
    EXPECT_EQ(model->cache_specs().size(), std::set<int>(windows.begin(), windows.end()).size());
    return run_chunks(*model, tiny.prompts[0].tokens, chunk);
  };
  const std::vector<int> windows{20, 0, 33};
  const std::vector<float> whole = run(*cpu, windows, 128);
  EXPECT_EQ(run(*cpu, windows, 7), whole);
  EXPECT_LE(nmse_of_last_rows(whole, run(*reference, windows, 128)), kLargestNmse);
  EXPECT_GE(nmse_of_last_rows(whole, run(*cpu, {20, 0, 34}, 128)), 1e-5);
  EXPECT_LE(nmse_of_last_rows(run(*cpu, {0, 0, 0}, 128), tiny.prompts[0].logits), kLargestNmse);
}

INSTANTIATE_TEST_SUITE_P(Tiny, DecoderTest,
                         testing::Combine(testing::ValuesIn(TinyModel::names()),
                                          testing::ValuesIn(backend_names())),
                         [](const auto& info) { return model_on_backend(info); });

}  // namespace

}  // namespace hearth
