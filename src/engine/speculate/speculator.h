#pragma once

#include <map>
#include <memory>
#include <span>

#include "engine/schedule/sequence.h"
#include "engine/speculate/draft_model.h"
#include "engine/speculate/guess_odds.h"
#include "engine/speculate/ngram_index.h"
#include "engine/speculate/step_cost.h"

namespace hearth {

/// How tokens are guessed, to be checked by the model many at once.
struct SpeculationOptions {
  size_t max_drafts = 0;           ///< most guesses of a sequence in a step; 0: off
  bool ngrams = true;              ///< guesses that what followed the last tokens before follows again
  Model* draft = nullptr;          ///< a small model of the same vocabulary guesses where that is worth more
  KvCache* draft_cache = nullptr;  ///< of `draft`
};

/// Decides which sequences guess how far: as far as the tokens that a step is expected to bring, divided by
/// the time it is expected to take, grow with it. Both are measured as they go. What n-grams would have
/// guessed is compared with what came also where nobody checked it, so that a text in which they come true
/// again is noticed for nothing; a draft model that was not worth its time is tried again now and then.
/// Guesses never change a text: each token is drawn from the model's logits as without them, and only then
/// compared. Not thread-safe.
class Speculator {
 public:
  /// `vocab_size` is the model's.
  Speculator(const SpeculationOptions& options, size_t vocab_size);

  /// Fills the drafts of those of the sequences that wait for one token.
  void guess(std::span<Sequence* const> sequences, const Clock& clock);

  /// A step of nothing but answers.
  void observe_step(size_t num_rows, std::chrono::nanoseconds time) { cost_.observe(num_rows, time); }
  void forget(RequestId id);

 private:
  /// Guesses behind a text of a length, to be compared with what comes.
  struct Prediction {
    size_t position = 0;
    std::vector<TokenId> tokens;
    size_t num_matched = 0;  ///< n-grams only
  };
  struct State {
    NgramIndex ngrams;
    Prediction by_ngrams, by_draft;
    MatchOdds match_odds;
    GuessOdds draft_odds;
    size_t num_idle = 0;  ///< steps in which the draft model was not asked
    size_t patience;      ///< of them before it is tried
  };
  /// What a sequence may guess, with the chances that it is right so far.
  struct Plan {
    Sequence* sequence;
    State* state;
    bool by_draft = false;
    std::vector<double> chances;
    size_t count = 0;  ///< of them that are worth it
  };

  State& state_of(const Sequence& sequence);
  void learn(State& state, const Sequence& sequence);
  Plan plan(Sequence& sequence, size_t num_sequences);
  std::vector<double> ngram_chances(const State& state) const;
  double rate(std::span<const double> chances, size_t num_sequences, double guess_ns) const;
  void choose_counts(std::vector<Plan>& plans) const;
  void ask_draft(std::span<const Plan> plans, const Clock& clock);

  SpeculationOptions options_;
  std::unique_ptr<DraftModel> draft_;
  StepCost cost_;
  double draft_ns_ = 0.0;  ///< of one guess of the draft model; 0: not known
  MatchOdds match_odds_;   ///< of all sequences: what a new one starts from
  GuessOdds draft_odds_;
  std::map<RequestId, State> states_;
};

}  // namespace hearth
