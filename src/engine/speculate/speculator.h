#pragma once

#include <map>
#include <memory>
#include <span>

#include "engine/schedule/sequence.h"
#include "engine/speculate/draft_model.h"
#include "engine/speculate/draft_odds.h"
#include "engine/speculate/ngram_index.h"
#include "engine/speculate/step_cost.h"

namespace hearth {

/// Sources of draft tokens, which the model verifies in one batch.
struct SpeculationOptions {
  size_t max_drafts = 0;         ///< most draft tokens of a sequence in a step; 0: off
  bool ngrams = true;            ///< prompt lookup: drafts what followed the last tokens earlier in the text
  CausalModel* draft = nullptr;  ///< a small model of the same vocabulary, used where it is worth more
  KvCache* draft_cache = nullptr;  ///< of `draft`
};

/// Chooses how many draft tokens each sequence gets, and from which source: those that maximize the expected
/// tokens per time of a step, by measured acceptance rates and step times. The acceptance rate of n-grams is
/// tracked also without verifying them, by comparing them with the text; an idle draft model is retried from
/// time to time. Drafts never change a text: each token is sampled from the model's logits as without them,
/// and compared afterwards. Not thread-safe.
class Speculator {
 public:
  /// `vocab_size` is the model's.
  Speculator(const SpeculationOptions& options, size_t vocab_size);

  /// Fills the drafts of the decoding sequences.
  void draft(std::span<Sequence* const> sequences, const Clock& clock);

  /// The time of a step without prompt tokens.
  void observe_step(size_t num_rows, std::chrono::nanoseconds time) { cost_.observe(num_rows, time); }
  void forget(RequestId id);

 private:
  /// Draft tokens from `position` on, to be compared with the text once it is there.
  struct Prediction {
    size_t position = 0;
    std::vector<TokenId> tokens;
    size_t num_matched = 0;  ///< n-grams only
  };
  struct State {
    NgramIndex ngrams;
    Prediction by_ngrams, by_draft;
    MatchOdds match_odds;
    DraftOdds draft_odds;
    size_t num_idle = 0;  ///< steps in which the draft model did not run
    size_t patience;      ///< idle steps before it is tried
  };
  /// What a sequence may draft. Each chance is that of all tokens up to there being accepted.
  struct Plan {
    Sequence* sequence;
    State* state;
    bool by_draft = false;
    std::vector<double> chances;
    size_t count = 0;  ///< draft tokens to use
  };

  State& state_of(const Sequence& sequence);
  void learn(State& state, const Sequence& sequence);
  Plan plan(Sequence& sequence, size_t num_sequences);
  std::vector<double> ngram_chances(const State& state) const;
  double rate(std::span<const double> chances, size_t num_sequences, double draft_token_ns) const;
  void choose_counts(std::vector<Plan>& plans) const;
  void run_draft_model(std::span<const Plan> plans, const Clock& clock);

  SpeculationOptions options_;
  std::unique_ptr<DraftModel> draft_;
  StepCost cost_;
  double draft_ns_ = 0.0;  ///< of one token of the draft model; 0: not known
  MatchOdds match_odds_;   ///< of all sequences: what a new one starts from
  DraftOdds draft_odds_;
  std::map<RequestId, State> states_;
};

}  // namespace hearth
