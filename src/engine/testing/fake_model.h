#pragma once

#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "backend/host/host_backend.h"
#include "backend/idle_ops.h"
#include "models/causal_model.h"

// A model for tests of the engine: its logits are a hash of the tokens it finds in the KV blocks, and of the
// state that it finds where it has one, so that a block that is missing, stale or another sequence's changes
// the text.

namespace hearth {

class FakeBackend final : public IdleOps<HostBackend> {
 public:
  std::string_view name() const override { return "fake"; }
  std::string_view numeric_identity() const override { return "fake"; }
  Result<std::unique_ptr<Weight>> pack(const StoredWeight&) override {
    return fail(ErrorCode::kUnsupported, "no weights");
  }
  Result<std::unique_ptr<Weight>> plan_weight(const StoredWeight&) const override {
    return fail(ErrorCode::kUnsupported, "no weights");
  }
  Result<DeviceBuffer> allocate(size_t bytes) override {
    auto memory = std::make_shared<std::vector<std::byte>>(bytes);
    return DeviceBuffer(host_address(memory->data()), bytes, memory);
  }
  size_t kv_block_bytes(const KvShape& shape) const override {
    return size_t(kKvBlockTokens) * sizeof(int32_t) * size_t(shape.num_kv_heads);
  }
  bool supports_kv(DType dtype) const override { return dtype == DType::kF16; }
};

class FakeModel final : public CausalModel {
 public:
  static constexpr int kWindow = 40;
  static constexpr int kHiddenSize = 8;

  /// `recurrent`: it has a layer with a state as well.
  FakeModel(int vocab_size, int max_batch_tokens, bool recurrent = false)
      : max_batch_tokens_(max_batch_tokens) {
    config_.vocab_size = vocab_size;
    config_.hidden_size = kHiddenSize;
    CacheSpec full{.num_kv_heads = 1, .key_dim = 1, .value_dim = 1, .layers = {0, 2}};
    CacheSpec sliding = full;
    sliding.kind = CacheSpec::Kind::kSlidingWindow;
    sliding.window = kWindow;
    sliding.layers = {1};
    specs_ = {full, sliding};
    if (!recurrent) return;
    specs_.push_back({.kind = CacheSpec::Kind::kState, .state_bytes = sizeof(uint64_t), .layers = {3}});
  }

  const ModelConfig& config() const override { return config_; }
  std::span<const CacheSpec> cache_specs() const override { return specs_; }
  const Placement& placement() const override { return placement_; }
  int max_batch_tokens() const override { return max_batch_tokens_; }

  void submit(const ForwardBatch& batch, std::span<const KvGroup> groups) override {
    CHECK(!is_submitted_);
    is_submitted_ = true;
    ++num_steps;
    num_tokens += batch.token_ids.size();
    largest_batch = std::max(largest_batch, batch.sequences.size());
    states_.assign(batch.token_ids.size(), 0);
    for (const BatchSequence& sequence : batch.sequences) {
      write_tokens(batch, sequence, groups);
      advance_state(batch, sequence, groups);
    }
    batch_ = batch;
    groups_.assign(groups.begin(), groups.end());
  }

  void collect(std::span<float> logits) override {
    CHECK(is_submitted_);
    is_submitted_ = false;
    read_logits(batch_.logits_rows, logits);
  }

  void read_logits(std::span<const int32_t> rows, std::span<float> logits) override {
    CHECK(!is_submitted_);
    const size_t vocab_size = size_t(config_.vocab_size);
    most_logits = std::max(most_logits, rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      fill_row(rows[i], logits.subspan(i * vocab_size, vocab_size));
    }
  }

  void read_hidden(int32_t first_row, int32_t num_rows, std::span<float> hidden) override {
    CHECK(!is_submitted_);
    for (int32_t i = 0; i < num_rows; ++i) {
      fill_row(first_row + i, hidden.subspan(size_t(i) * kHiddenSize, size_t(kHiddenSize)));
    }
  }

  int num_labels() const override { return config_.num_labels; }
  void read_scores(int32_t row, std::span<float> scores) override {
    CHECK(!is_submitted_);
    fill_row(row, scores);
  }
  /// Gives it a head.
  void set_num_labels(int count) { config_.num_labels = count; }

  /// Behind this token nothing is a number; none: everything is.
  std::optional<int32_t> bad_token;
  size_t num_steps = 0, num_tokens = 0, largest_batch = 0;
  size_t most_logits = 0;  ///< rows asked for at once

 private:
  static constexpr size_t kPagedGroups = 2;

  static uint64_t mix(uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
  }
  static void fill(uint64_t hash, std::span<float> values) {
    for (size_t i = 0; i < values.size(); ++i) {
      hash = mix(hash + i);
      values[i] = float(hash >> 40) * 0x1p-21f;
    }
  }
  void fill_row(int32_t row, std::span<float> values) const {
    fill(history_hash(batch_, row, groups_), values);
    if (batch_.token_ids[size_t(row)] == bad_token)
      values[std::min<size_t>(3, values.size() - 1)] = std::numeric_limits<float>::quiet_NaN();
  }
  static void write_tokens(const ForwardBatch& batch, const BatchSequence& sequence,
                           std::span<const KvGroup> groups) {
    for (int32_t i = 0; i < sequence.num_rows; ++i) {
      for (size_t g = 0; g < kPagedGroups; ++g) {
        for (size_t offset : groups[g].layer_offsets) {
          std::memcpy(slot(groups[g], sequence.block_tables[g], sequence.first_position + i) + offset,
                      &batch.token_ids[size_t(sequence.first_row + i)], sizeof(int32_t));
        }
      }
    }
  }
  void advance_state(const ForwardBatch& batch, const BatchSequence& sequence,
                     std::span<const KvGroup> groups) {
    if (groups.size() == kPagedGroups) return;
    const KvGroup& group = groups[kPagedGroups];
    const std::span<const int32_t> blocks = sequence.block_tables[kPagedGroups];
    uint64_t state = 0;
    if (sequence.first_position > 0) {
      std::memcpy(&state, block(group, blocks.front()), sizeof(state));
    }
    for (int32_t row = sequence.first_row; row < sequence.first_row + sequence.num_rows; ++row) {
      state = mix(state * 31 + uint64_t(batch.token_ids[size_t(row)]) + 1);
      states_[size_t(row)] = state;
    }
    std::memcpy(block(group, blocks.back()), &state, sizeof(state));
  }
  static std::byte* block(const KvGroup& group, int32_t index) {
    return host_bytes(group.base + uint64_t(index) * group.block_stride);
  }
  static std::byte* slot(const KvGroup& group, std::span<const int32_t> table, int32_t position) {
    return block(group, table[size_t(position / kKvBlockTokens)]) +
           size_t(position % kKvBlockTokens) * sizeof(int32_t);
  }
  uint64_t history_hash(const ForwardBatch& batch, int32_t row, std::span<const KvGroup> groups) const {
    uint64_t hash = 1 + states_[size_t(row)];
    for (const BatchSequence& sequence : batch.sequences) {
      if (row < sequence.first_row || row >= sequence.first_row + sequence.num_rows) continue;
      const int32_t last = sequence.first_position + row - sequence.first_row;
      for (size_t g = 0; g < kPagedGroups; ++g) {
        const int32_t first = g == 1 ? std::max(0, last - kWindow + 1) : 0;
        for (int32_t position = first; position <= last; ++position) {
          for (size_t offset : groups[g].layer_offsets) {
            int32_t token;
            std::memcpy(&token, slot(groups[g], sequence.block_tables[g], position) + offset, sizeof(token));
            hash = mix(hash * 31 + uint64_t(token));
          }
        }
      }
    }
    return hash;
  }

  ModelConfig config_;
  std::vector<CacheSpec> specs_;
  FakeBackend backend_;
  const Placement placement_{backend_};
  int max_batch_tokens_;
  ForwardBatch batch_;  ///< the last one
  bool is_submitted_ = false;
  std::vector<KvGroup> groups_;
  std::vector<uint64_t> states_;  ///< [rows of the last batch]
};

}  // namespace hearth
