#pragma once

#include "models/encoder_model.h"
#include "models/testing/tiny_model.h"

namespace hearth {

/// A text of a tiny encoder and what transformers computes for it.
struct ExpectedText {
  std::vector<int32_t> tokens, token_types;
  std::vector<float> hidden;  ///< [tokens, hidden_size]
  std::vector<float> scores;  ///< [num_labels]; empty without a head
  /// [embedding_size], of the mean of the hidden states; empty without dense layers
  std::vector<float> embedding;
};

/// A tiny random encoder of tests/fixtures/models, with texts.
struct TinyEncoder {
  std::unique_ptr<ModelFiles> files;
  std::vector<ExpectedText> texts;

  /// Of all there are, sorted.
  static std::vector<std::string> names() { return TinyModel::names_with(".encoded.gguf"); }

  static TinyEncoder open(const std::string& name) { return open(name, TinyModel::path(name)); }
  /// The same weights as a folder.
  static TinyEncoder open_folder(const std::string& name) { return open(name, TinyModel::folder() / name); }
  /// `model`: another form of it.
  static TinyEncoder open(const std::string& name, const std::filesystem::path& model) {
    Result<std::unique_ptr<ModelFiles>> files = open_model_files(model);
    const Result<GgufFile> expected = GgufFile::open(TinyModel::path(name + ".encoded"));
    if (!files || !expected) {
      fmt::print(stderr, "{}\n", (files ? expected.error() : files.error()).message);
      CHECK(false);
    }
    TinyEncoder result{std::move(*files), {}};
    for (int index = 0;; ++index) {
      const std::string text = fmt::format("prompt.{}", index);
      const Result<TensorView> tokens = expected->tensor(text + ".tokens");
      if (!tokens) break;
      const auto optional = [&](const char* name) {
        const Result<TensorView> values = expected->tensor(text + name);
        return values ? TinyModel::copy<float>(*values) : std::vector<float>();
      };
      result.texts.push_back(
          {.tokens = TinyModel::copy<int32_t>(*tokens),
           .token_types = TinyModel::copy<int32_t>(*expected->tensor(text + ".token_types")),
           .hidden = TinyModel::copy<float>(*expected->tensor(text + ".hidden")),
           .scores = optional(".scores"),
           .embedding = optional(".embedding")});
    }
    CHECK(!result.texts.empty());
    return result;
  }
};

/// All that an encoder gives for one text.
struct EncodedText {
  std::vector<float> hidden, scores;
  bool operator==(const EncodedText&) const = default;
};

/// Runs texts as one batch.
inline std::vector<EncodedText> encode(EncoderModel& model, std::span<const ExpectedText> texts) {
  std::vector<int32_t> ids, types;
  std::vector<EncoderSequence> sequences;
  for (const ExpectedText& text : texts) {
    sequences.push_back({int32_t(ids.size()), int32_t(text.tokens.size())});
    ids.insert(ids.end(), text.tokens.begin(), text.tokens.end());
    types.insert(types.end(), text.token_types.begin(), text.token_types.end());
  }
  const auto cols = size_t(model.config().hidden_size), labels = size_t(model.num_labels());
  std::vector<float> hidden(ids.size() * cols), scores(texts.size() * labels);
  model.submit({.token_ids = ids, .token_types = types, .sequences = sequences});
  model.collect(hidden);
  if (labels > 0) model.read_scores(scores);
  std::vector<EncodedText> encoded;
  auto at = hidden.begin();
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto end = at + ptrdiff_t(texts[i].tokens.size() * cols);
    encoded.push_back(
        {.hidden = {at, end},
         .scores = {scores.begin() + ptrdiff_t(i * labels), scores.begin() + ptrdiff_t((i + 1) * labels)}});
    at = end;
  }
  return encoded;
}

}  // namespace hearth
