#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/schedule/model_runner.h"

namespace hearth {

/// Drafts tokens with a small model of the same vocabulary. Each is drawn with the request's own sampling and
/// random numbers, which makes it the likeliest to be accepted. Not thread-safe. Model and cache must outlive
/// it; nothing else may use the cache.
class DraftModel {
 public:
  /// `vocab_size` is the target model's; the draft model's own may differ by padding.
  DraftModel(CausalModel& model, KvCache& cache, size_t vocab_size)
      : runner_(model, cache), vocab_size_(vocab_size) {}
  ~DraftModel();
  DraftModel(const DraftModel&) = delete;
  DraftModel& operator=(const DraftModel&) = delete;

  struct Wish {
    Sequence* sequence;
    size_t count;  ///< draft tokens wanted
  };
  /// Draft tokens made and the time they took, without that of prefill.
  struct Effort {
    size_t num_drafts = 0;
    std::chrono::nanoseconds time{};
  };
  /// Fills the sequences' empty `drafts`; with fewer or none where prefill is not done.
  Effort draft(std::span<const Wish> wishes, const Clock& clock);
  void forget(RequestId id);

 private:
  struct State {
    explicit State(Sampler drawn_by) : sampler(std::move(drawn_by)) {}
    Sampler sampler;
    BlockTables tables;
    std::vector<TokenId> computed;  ///< tokens whose keys and values are in the cache
  };
  struct Drafter {
    Wish wish;
    State* state;
  };

  State& state_of(Sequence& sequence);
  bool can_read(std::span<const TokenId> tokens) const;
  size_t prefill_chunk(Sequence& sequence, State& state, size_t budget);
  void rewind(State& state, std::span<const TokenId> tokens);
  std::vector<Drafter> prefill(std::span<const Wish> wishes);
  bool add_rows(const Drafter& drafter);
  bool draw(const Drafter& drafter, size_t row);
  std::span<float> logits(size_t row);

  ModelRunner runner_;
  size_t vocab_size_;
  std::vector<float> padded_;  ///< logits of a draft model with fewer tokens
  Batch batch_;
  std::map<RequestId, std::unique_ptr<State>> states_;
};

}  // namespace hearth
