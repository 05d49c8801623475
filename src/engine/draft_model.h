#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/model_runner.h"

namespace hearth {

/// Guesses with a small model of the same vocabulary what a large one will say. Each guess is drawn with the
/// request's own sampling and random numbers, which is what makes it the likeliest to be drawn again. Not
/// thread-safe. Model and cache must outlive it; nothing else may use the cache.
class DraftModel {
 public:
  DraftModel(Model& model, KvCache& cache) : runner_(model, cache) {}
  ~DraftModel();
  DraftModel(const DraftModel&) = delete;
  DraftModel& operator=(const DraftModel&) = delete;

  struct Wish {
    Sequence* sequence;
    size_t count;  ///< guesses wanted
  };
  /// Appends to the sequences' drafts, fewer or none to those whose text it has yet to read.
  void guess(std::span<const Wish> wishes);
  void forget(RequestId id);

 private:
  struct State {
    explicit State(Sampler drawn_by) : sampler(std::move(drawn_by)) {}
    Sampler sampler;
    BlockTables tables;
    std::vector<TokenId> computed;  ///< tokens whose keys and values are in the cache
  };

  State& state_of(Sequence& sequence);
  size_t catch_up(Sequence& sequence, State& state, size_t budget);
  void rewind(State& state, std::span<const TokenId> tokens);

  ModelRunner runner_;
  Batch batch_;
  std::map<RequestId, std::unique_ptr<State>> states_;
};

}  // namespace hearth
