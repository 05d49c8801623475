#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/schedule/model_runner.h"

namespace hearth {

/// Guesses with a small model of the same vocabulary what a large one will say. Each guess is drawn with the
/// request's own sampling and random numbers, which is what makes it the likeliest to be drawn again. Not
/// thread-safe. Model and cache must outlive it; nothing else may use the cache.
class DraftModel {
 public:
  /// `vocab_size` is that of the model whose tokens are guessed; the draft model's own may differ by padding.
  DraftModel(Model& model, KvCache& cache, size_t vocab_size)
      : runner_(model, cache), vocab_size_(vocab_size) {}
  ~DraftModel();
  DraftModel(const DraftModel&) = delete;
  DraftModel& operator=(const DraftModel&) = delete;

  struct Wish {
    Sequence* sequence;
    size_t count;  ///< guesses wanted
  };
  /// What was guessed, and in what time, beside reading what is read but once.
  struct Effort {
    size_t num_guesses = 0;
    std::chrono::nanoseconds time{};
  };
  /// Fills the sequences' drafts, which are empty; fewer or none for those whose text it has yet to read.
  Effort guess(std::span<const Wish> wishes, const Clock& clock);
  void forget(RequestId id);

 private:
  struct State {
    explicit State(Sampler drawn_by) : sampler(std::move(drawn_by)) {}
    Sampler sampler;
    BlockTables tables;
    std::vector<TokenId> computed;  ///< tokens whose keys and values are in the cache
  };
  struct Guesser {
    Wish wish;
    State* state;
  };

  State& state_of(Sequence& sequence);
  bool can_read(std::span<const TokenId> tokens) const;
  size_t catch_up(Sequence& sequence, State& state, size_t budget);
  void rewind(State& state, std::span<const TokenId> tokens);
  std::vector<Guesser> read_texts(std::span<const Wish> wishes);
  bool add_rows(const Guesser& guesser);
  bool draw(const Guesser& guesser, size_t row);
  std::span<float> logits(size_t row);

  ModelRunner runner_;
  size_t vocab_size_;
  std::vector<float> padded_;  ///< logits of a draft model with fewer tokens
  Batch batch_;
  std::map<RequestId, std::unique_ptr<State>> states_;
};

}  // namespace hearth
