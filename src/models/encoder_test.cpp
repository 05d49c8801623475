#include "models/encoder.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <malloc.h>

#include "backend/testing/remote_device.h"
#include "base/file.h"
#include "models/loader.h"
#include "models/testing/alternating.h"
#include "models/testing/named_backends.h"
#include "models/testing/stored_as_backend.h"
#include "models/testing/tiny_encoder.h"
#include "tensor/row_reader.h"

/// Of an allocator that a sanitizer puts in the place of malloc.
// NOLINTNEXTLINE(readability-identifier-naming): its name there
extern "C" __attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes();

namespace hearth {
namespace {

constexpr int kMostRows = 320;

std::unique_ptr<EncoderModel> load(const ModelFiles& files, const Placement& placement) {
  auto model = load_encoder_model(files, placement, {.max_batch_tokens = kMostRows});
  EXPECT_TRUE(model.has_value()) << model.error().message;
  return model ? std::move(*model) : nullptr;
}

/// A tiny encoder on a backend.
class EncoderTest : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  const TinyEncoder tiny_ = TinyEncoder::open(std::get<0>(GetParam()));
  ThreadPool pool_{2};
  std::unique_ptr<Backend> backend_ = make_named_backend(std::get<1>(GetParam()), pool_);
};

INSTANTIATE_TEST_SUITE_P(Tiny, EncoderTest,
                         testing::Combine(testing::ValuesIn(TinyEncoder::names()),
                                          testing::ValuesIn(backend_names())),
                         [](const auto& info) { return model_on_backend(info); });

TEST_P(EncoderTest, GivesWhatTransformersGives) {
  const auto model = load(*tiny_.files, *backend_);
  ASSERT_NE(model, nullptr);
  const std::vector<EncodedText> found = encode(*model, tiny_.texts);
  for (size_t i = 0; i < found.size(); ++i) {
    const double error = nmse_of_last_rows(found[i].hidden, tiny_.texts[i].hidden);
    EXPECT_LE(error, kLargestNmse);
    RecordProperty("nmse", fmt::format("{:.1e}", error));
    ASSERT_EQ(found[i].scores.size(), tiny_.texts[i].scores.size());
    if (!found[i].scores.empty())
      EXPECT_LE(nmse_of_last_rows(found[i].scores, tiny_.texts[i].scores), kLargestNmse);
  }
}

TEST_P(EncoderTest, ProjectsWhatWasPooled) {
  const auto model = load(*tiny_.files, *backend_);
  ASSERT_NE(model, nullptr);
  const auto cols = size_t(model->config().hidden_size), size = size_t(model->embedding_size());
  for (const ExpectedText& text : tiny_.texts) {
    std::vector<float> mean(cols), embedding(size);
    const size_t rows = text.tokens.size();
    for (size_t i = 0; i < text.hidden.size(); ++i) mean[i % cols] += text.hidden[i] / float(rows);
    model->project(mean, embedding);
    if (text.embedding.empty()) {
      EXPECT_EQ(embedding, mean);
    } else {
      ASSERT_EQ(embedding.size(), text.embedding.size());
      EXPECT_LE(nmse_of_last_rows(embedding, text.embedding), kLargestNmse);
    }
  }
}

TEST_P(EncoderTest, GivesATextTheSameInAnyCompany) {
  const auto model = load(*tiny_.files, *backend_);
  ASSERT_NE(model, nullptr);
  const std::vector<EncodedText> together = encode(*model, tiny_.texts);
  std::vector<ExpectedText> reversed = tiny_.texts;
  std::ranges::reverse(reversed);
  std::vector<EncodedText> other_order = encode(*model, reversed);
  std::ranges::reverse(other_order);
  EXPECT_EQ(other_order, together);
  for (size_t i = 0; i < tiny_.texts.size(); ++i) {
    EXPECT_EQ(encode(*model, std::span(tiny_.texts).subspan(i, 1))[0], together[i]) << i;
  }
}

TEST_P(EncoderTest, GivesTheBitsOfTheFolder) {
  const auto model = load(*tiny_.files, *backend_);
  const TinyEncoder folder = TinyEncoder::open_folder(std::get<0>(GetParam()));
  const auto same = load(*folder.files, *backend_);
  ASSERT_TRUE(model != nullptr && same != nullptr);
  EXPECT_EQ(encode(*same, tiny_.texts), encode(*model, tiny_.texts));
  EXPECT_EQ(same->config().max_position_embeddings, model->config().max_position_embeddings);
  EXPECT_EQ(same->num_token_types(), model->num_token_types());
}

TEST_P(EncoderTest, GivesTheSameOnDevicesOutOfReach) {
  const auto model = load(*tiny_.files, *backend_);
  ASSERT_NE(model, nullptr);
  const std::string& name = std::get<1>(GetParam());
  RemoteDevice first(make_named_backend(name, pool_)), second(make_named_backend(name, pool_));
  const auto apart = load(*tiny_.files, alternating(first, second, model->config().num_hidden_layers));
  ASSERT_NE(apart, nullptr);
  EXPECT_EQ(encode(*apart, tiny_.texts), encode(*model, tiny_.texts));
  const auto hidden = size_t(model->config().hidden_size);
  std::vector<float> here(size_t(model->embedding_size()) * 2), there(here.size());
  const std::span<const float> pooled = std::span(tiny_.texts[0].hidden).first(2 * hidden);
  model->project(pooled, here);
  apart->project(pooled, there);
  EXPECT_EQ(there, here);
}

/// Bytes that the program holds on its heap.
size_t heap_bytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

TEST_P(EncoderTest, TakesWhatIsPlanned) {
  StoredAsBackend counted(std::move(backend_), DType::kF32);
  const ModelMemory planned = plan_model_memory(*tiny_.files, counted, {.max_batch_tokens = kMostRows},
                                                {.num_sequences = size_t(kMostRows)})
                                  ->front();
  const auto model = load(*tiny_.files, counted);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(planned.weight_bytes, counted.packed_total());
  ASSERT_GE(planned.work_bytes, counted.allocated_total());
  const size_t work_bytes = planned.work_bytes - counted.allocated_total();
  const size_t before = heap_bytes();
  std::vector<ExpectedText> texts;
  for (const ExpectedText& text : tiny_.texts) {
    texts.push_back(text);
    encode(*model, texts);
  }
  texts.clear();
  const size_t taken = heap_bytes() - before;
  // Lists of rows, tiles and jobs, which the plan leaves out.
  constexpr size_t kLists = 64 << 10;
  EXPECT_LE(taken, work_bytes + kLists);
}

TEST(Encoder, TakesTheNormsOfEarlyCheckpoints) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "bert_with_gamma_and_beta";
  fs::remove_all(folder);
  fs::copy(TinyModel::folder() / "bert", folder, fs::copy_options::recursive);
  std::string bytes = read_file(folder / "model.safetensors", size_t(1) << 24).value();
  size_t renamed = 0;
  const auto rename_all = [&](std::string_view from, std::string_view to) {
    ASSERT_EQ(from.size(), to.size()) << "offsets stay";
    for (size_t at = 0; (at = bytes.find(from, at)) != std::string::npos; ++renamed)
      bytes.replace(at, to.size(), to);
  };
  rename_all("LayerNorm.weight\"", "LayerNorm.gamma\" ");
  rename_all("LayerNorm.bias\"", "LayerNorm.beta\"");
  ASSERT_GE(renamed, 10u);
  std::ofstream(folder / "model.safetensors", std::ios::binary) << bytes;
  ThreadPool pool(1);
  const auto backend = make_reference_backend(pool);
  const TinyEncoder plain = TinyEncoder::open_folder("bert"), early = TinyEncoder::open("bert", folder);
  const auto model = load(*plain.files, *backend), same = load(*early.files, *backend);
  ASSERT_TRUE(model != nullptr && same != nullptr);
  EXPECT_EQ(encode(*same, plain.texts), encode(*model, plain.texts));
  fs::remove_all(folder);
}

/// A weight [rows, cols] of the files times each vector [cols].
std::vector<float> product(const ModelFiles& files, std::string_view name, std::span<const float> vectors) {
  for (const NamedTensor& tensor : files.stored_tensors()) {
    if (tensor.name != name) continue;
    const auto rows = size_t(tensor.view.shape[0]), cols = size_t(tensor.view.shape[1]);
    const std::vector<float> weight = decode_tensor(StoredTensor(tensor.view));
    std::vector<float> out;
    for (size_t v = 0; v < vectors.size() / cols; ++v) {
      for (size_t r = 0; r < rows; ++r) {
        double sum = 0.0;
        for (size_t c = 0; c < cols; ++c) sum += double(weight[r * cols + c]) * vectors[v * cols + c];
        out.push_back(float(sum));
      }
    }
    return out;
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(Encoder, PutsDenseLayersThroughTheirActivations) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "gemma_embedding_with_tanh";
  fs::remove_all(folder);
  fs::copy(TinyModel::folder() / "gemma_embedding", folder, fs::copy_options::recursive);
  ThreadPool pool(1);
  const auto backend = make_reference_backend(pool);
  std::vector<float> pooled(2 * 32);
  for (size_t i = 0; i < pooled.size(); ++i) pooled[i] = 3.0f * std::sin(float(i));
  const auto squashed = [](std::vector<float> values) {
    for (float& value : values) value = std::tanh(value);
    return values;
  };
  for (const bool is_first : {true, false}) {
    for (const char* name : {"2_Dense", "3_Dense"}) {
      const bool has_tanh = (std::string_view(name) == "2_Dense") == is_first;
      std::ofstream(folder / name / "config.json")
          << R"({"activation_function": "torch.nn.modules.)"
          << (has_tanh ? "activation.Tanh" : "linear.Identity") << R"("})";
    }
    const auto files = open_model_files(folder);
    ASSERT_TRUE(files.has_value()) << files.error().message;
    const auto model = load(**files, *backend);
    ASSERT_NE(model, nullptr);
    std::vector<float> found(2 * size_t(model->embedding_size()));
    model->project(pooled, found);
    std::vector<float> inner = product(**files, "dense_2.weight", pooled);
    if (is_first) inner = squashed(inner);
    std::vector<float> expected = product(**files, "dense_3.weight", inner);
    if (!is_first) expected = squashed(expected);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 1e-5) << is_first << " " << i;
  }
  fs::remove_all(folder);
}

TEST(Encoder, IsNoCausalModel) {
  ThreadPool pool(1);
  const auto backend = make_reference_backend(pool);
  const TinyEncoder encoder = TinyEncoder::open("bert");
  EXPECT_EQ(describe_model(*encoder.files)->kind, ModelKind::kEncoder);
  const auto as_decoder = load_causal_model(*encoder.files, *backend, {});
  ASSERT_FALSE(as_decoder);
  EXPECT_EQ(as_decoder.error().code, ErrorCode::kUnsupported);
  const TinyModel decoder = TinyModel::open("llama3");
  EXPECT_EQ(describe_model(*decoder.files)->kind, ModelKind::kCausal);
  EXPECT_FALSE(load_encoder_model(*decoder.files, *backend, {}));
}

TEST(Encoder, TakesTokenTypesToBeZeroWithoutAny) {
  ThreadPool pool(1);
  const auto backend = make_reference_backend(pool);
  const TinyEncoder tiny = TinyEncoder::open("bert");
  const auto model = load(*tiny.files, *backend);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->num_token_types(), 2);
  std::vector<ExpectedText> texts{tiny.texts[1]};
  const EncodedText with_types = encode(*model, texts)[0];
  texts[0].token_types.clear();
  const EncodedText without = encode(*model, texts)[0];
  texts[0].token_types.assign(texts[0].tokens.size(), 0);
  EXPECT_EQ(encode(*model, texts)[0], without);
  EXPECT_NE(with_types, without);
}

}  // namespace
}  // namespace hearth
