#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/backends.h"
#include "base/checked_math.h"
#include "formats/gguf/gguf_model_files.h"
#include "models/loader.h"
#include "models/testing/gguf_editor.h"
#include "models/testing/paged_cache.h"
#include "models/testing/tiny_model.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHead = "cls.output.weight";
constexpr const char* kTable = "token_embd.weight";

/// A tiny model with a head whose rows are the first of its vocabulary's.
class ScoreHead : public ::testing::Test {
 protected:
  ScoreHead() : file_(*read_file(TinyModel::path("llama3"), size_t(16) << 20)) {}

  std::string with_head(std::vector<uint64_t> dimensions) const {
    const GgufFile file = *GgufFile::parse(as_bytes(file_));
    const GgufTensor* table = file.find_tensor(kTable);
    const std::string_view rows = std::string_view(file_).substr(table->offset, *table->bytes);
    const size_t data_bytes = file_.size() - size_t(file.data_offset());
    size_t head_bytes = *table->bytes / size_t(table->shape.size());
    for (const uint64_t dimension : dimensions) head_bytes *= dimension;

    GgufEditor editor(file_);
    GgufEditor::Tensor head = editor.tensor(kTable);
    head.name = kHead;
    head.dimensions = std::move(dimensions);
    head.offset = round_up(data_bytes, size_t{32});
    editor.tensors.push_back(head);
    std::string bytes = editor.bytes();
    bytes.resize(bytes.size() + head.offset - data_bytes);
    for (; head_bytes > 0; head_bytes -= std::min(head_bytes, rows.size())) {
      bytes += rows.substr(0, head_bytes);
    }
    return bytes;
  }
  uint64_t hidden_size() const { return GgufEditor(file_).tensor(kTable).dimensions[0]; }

  Result<std::unique_ptr<CausalModel>> load(const std::string& bytes) {
    std::vector<GgufFile> parts;
    parts.push_back(TRY(GgufFile::parse(as_bytes(bytes))));
    files_ = TRY(GgufModelFiles::from_parts(std::move(parts)));
    return load_causal_model(*files_, *backend_, {.max_batch_tokens = 320});
  }

  const std::string file_;
  ThreadPool pool_{2};
  std::unique_ptr<Backend> backend_ = *make_cpu_backend(pool_, "");
  std::unique_ptr<GgufModelFiles> files_;
};

TEST_F(ScoreHead, IsAProductWithTheNormedHiddenState) {
  const std::string bytes = with_head({hidden_size(), 2});
  const auto model = load(bytes);
  ASSERT_TRUE(model.has_value()) << model.error().message;
  ASSERT_EQ((*model)->num_labels(), 2);
  ASSERT_TRUE((*model)->config().tie_word_embeddings) << "its logits are products with the same rows";
  const TinyModel tiny = TinyModel::open("llama3");
  const std::vector<int32_t>& tokens = tiny.prompts[0].tokens;
  const int length = int(tokens.size());
  const PagedCache cache(**model, DType::kF32, 1, length);
  const SequencePart part{0, tokens, 0, length};
  const std::vector<float> logits = run_batch(**model, cache, {&part, 1});
  const size_t vocab = size_t((*model)->config().vocab_size);
  for (const int row : {0, 7, length - 1}) {
    std::vector<float> scores(2), again(2);
    (*model)->read_scores(row, scores);
    (*model)->read_scores(row, again);
    EXPECT_EQ(scores, again);
    for (size_t label = 0; label < 2; ++label) {
      EXPECT_NEAR(scores[label], logits[size_t(row) * vocab + label], 1e-4);
    }
    EXPECT_NE(scores[0], scores[1]);
  }
}

TEST_F(ScoreHead, IsCountedInThePlan) {
  const std::string bytes = with_head({hidden_size(), 2});
  ASSERT_TRUE(load(bytes).has_value());
  const auto with = *plan_model_memory(*files_, *backend_, {.max_batch_tokens = 64});
  ASSERT_TRUE(load(file_).has_value());
  const auto without = *plan_model_memory(*files_, *backend_, {.max_batch_tokens = 64});
  EXPECT_GT(with[0].weight_bytes + with[0].work_bytes, without[0].weight_bytes + without[0].work_bytes);
}

TEST_F(ScoreHead, OfAnotherShapeIsAnErrorThatNamesIt) {
  for (const std::vector<uint64_t>& dimensions :
       {std::vector<uint64_t>{hidden_size()}, {hidden_size() / 2, 2}, {2, 5000}}) {
    const std::string bytes = with_head(dimensions);
    const auto model = load(bytes);
    ASSERT_FALSE(model.has_value());
    EXPECT_THAT(model.error().message, HasSubstr(kHead));
  }
}

}  // namespace
}  // namespace hearth
