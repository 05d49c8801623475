#pragma once

#include <map>
#include <memory>
#include <span>

#include "engine/draft_model.h"
#include "engine/ngram_index.h"
#include "engine/sequence.h"
#include "engine/step_cost.h"

namespace hearth {

/// How tokens are guessed, to be checked by the model many at once.
struct SpeculationOptions {
  size_t max_drafts = 0;           ///< most guesses of a sequence in a step; 0: off
  bool ngrams = true;              ///< guesses that what followed the last tokens before follows again
  Model* draft = nullptr;          ///< a small model of the same vocabulary guesses where n-grams do not
  KvCache* draft_cache = nullptr;  ///< of `draft`
};

/// Decides which sequences guess how far. A guess is worth its row while the chance that it is right exceeds
/// what a row more costs the step, measured as both go, times the sequences that share the step; a sequence
/// whose guesses are not worth it stops, and tries again now and then. Guesses never change a text: each
/// token is drawn from the model's logits as without them, and only then compared. Not thread-safe.
class Speculator {
 public:
  explicit Speculator(const SpeculationOptions& options);

  /// Fills the drafts of those of the sequences that wait for one token.
  void guess(std::span<Sequence* const> sequences, const Clock& clock);

  /// Of a sequence's guesses, `num_accepted` were right.
  void observe(const Sequence& sequence, size_t num_drafts, size_t num_accepted);
  /// A step of nothing but answers.
  void observe_step(size_t num_rows, std::chrono::nanoseconds time) { cost_.observe(num_rows, time); }
  void forget(RequestId id);

 private:
  struct State {
    NgramIndex ngrams;
    double acceptance = 0.7;  ///< chance that a guess is right where those before it are
    size_t num_idle = 0;      ///< steps without a guess
  };

  size_t worthwhile(State& state, size_t num_sequences, double draft_share) const;

  SpeculationOptions options_;
  std::unique_ptr<DraftModel> draft_;
  StepCost cost_;
  double draft_ns_ = 0.0;  ///< of one guess of the draft model
  std::map<RequestId, State> states_;
};

}  // namespace hearth
