#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "engine/testing/fake_model.h"
#include "models/encoder_model.h"

// An encoder for tests of the engine: its hidden states are a hash of all tokens and segments of their text,
// so that a row that is another text's changes the vector.

namespace hearth {

class FakeEncoder final : public EncoderModel {
 public:
  static constexpr int kHiddenSize = 8;

  FakeEncoder(int vocab_size, int max_batch_tokens, int num_labels = 0)
      : max_batch_tokens_(max_batch_tokens), num_labels_(num_labels) {
    config_.vocab_size = vocab_size;
    config_.hidden_size = kHiddenSize;
    config_.max_position_embeddings = max_batch_tokens;
  }

  const ModelConfig& config() const override { return config_; }
  const Placement& placement() const override { return placement_; }
  int max_batch_tokens() const override { return max_batch_tokens_; }
  int max_batch_sequences() const override { return max_batch_tokens_ / 2; }
  int embedding_size() const override { return kHiddenSize; }
  int num_labels() const override { return num_labels_; }
  int num_token_types() const override { return 2; }

  void submit(const EncoderBatch& batch) override {
    CHECK(!is_submitted_ && batch.token_ids.size() <= size_t(max_batch_tokens_));
    CHECK(batch.sequences.size() <= size_t(max_batch_sequences()));
    is_submitted_ = true;
    batches.push_back(batch.sequences.size());
    hidden_.assign(batch.token_ids.size() * kHiddenSize, 0.0f);
    scores_.clear();
    int32_t next_row = 0;
    for (const EncoderSequence& sequence : batch.sequences) {
      CHECK(sequence.first_row == next_row && sequence.num_rows > 0);
      next_row += sequence.num_rows;
      add_sequence(batch, sequence);
    }
    CHECK(size_t(next_row) == batch.token_ids.size());
  }
  void collect(std::span<float> hidden) override {
    CHECK(is_submitted_ && hidden.size() == hidden_.size());
    is_submitted_ = false;
    std::ranges::copy(hidden_, hidden.begin());
  }
  void read_scores(std::span<float> scores) override {
    CHECK(!is_submitted_ && scores.size() == scores_.size());
    std::ranges::copy(scores_, scores.begin());
  }
  void project(std::span<const float> pooled, std::span<float> embeddings) override {
    std::ranges::copy(pooled, embeddings.begin());
  }

  /// A text with this token is no number; none: everything is.
  std::optional<int32_t> bad_token;
  std::vector<size_t> batches;  ///< texts of each step

 private:
  static uint64_t mix(uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    return value ^ value >> 27;
  }
  static float number(uint64_t hash) { return float(mix(hash) >> 40) * 0x1p-23f - 1.0f; }

  void add_sequence(const EncoderBatch& batch, const EncoderSequence& sequence) {
    uint64_t text = 1;
    bool is_bad = false;
    const auto begin = size_t(sequence.first_row), end = begin + size_t(sequence.num_rows);
    for (size_t row = begin; row < end; ++row) {
      const auto type = batch.token_types.empty() ? 0 : batch.token_types[row];
      text = mix(text * 31 + uint64_t(batch.token_ids[row]) * 2 + uint64_t(type));
      is_bad = is_bad || batch.token_ids[row] == bad_token;
    }
    for (size_t row = begin; row < end; ++row) {
      for (size_t i = 0; i < kHiddenSize; ++i) {
        hidden_[row * kHiddenSize + i] =
            is_bad ? std::numeric_limits<float>::quiet_NaN() : number(text + (row - begin) * kHiddenSize + i);
      }
    }
    for (int label = 0; label < num_labels_; ++label) {
      scores_.push_back(is_bad ? std::numeric_limits<float>::quiet_NaN()
                               : number(text ^ uint64_t(label + 1) << 32));
    }
  }

  ModelConfig config_;
  FakeBackend backend_;
  const Placement placement_{backend_};
  int max_batch_tokens_, num_labels_;
  bool is_submitted_ = false;
  std::vector<float> hidden_, scores_;
};

}  // namespace hearth
