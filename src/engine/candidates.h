#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "text/vocab_data.h"

namespace hearth {

/// The tokens that may still be drawn, ranked by logit (lower id first of equals), best first. Ranks only as
/// far as is asked for: a vocabulary is never sorted whole where its head suffices. Weights are relative to
/// the best token: e^((logit - best) * scale). Not thread-safe; meant to be reused from token to token.
class Candidates {
 public:
  struct Item {
    float logit;
    TokenId id;
  };

  /// Starts over with a whole vocabulary, which stays in the caller's hands and is edited by `replace`.
  /// Tokens at minus infinity are not candidates; NaN counts as minus infinity.
  void reset(std::span<float> logits);

  /// Gives the tokens named, as far as they are candidates, new logits.
  void replace(std::span<const Item> changes);
  /// The logit of a token, or minus infinity where it is no candidate.
  float logit(TokenId id) const;

  bool empty() const { return whole_ ? !(max_ > kNothing) : items_.empty(); }
  size_t size();
  /// The best min(n, size()) candidates, perhaps more, in order. Valid until the next call.
  std::span<const Item> best(size_t n);
  /// All candidates; only a head of them is in order.
  std::span<const Item> all();

  /// Each of these leaves at least one candidate.
  void keep_best(size_t n);
  void keep_at_least(float logit);
  void drop_best(size_t n);
  void keep_only(std::vector<Item> items);

  /// Divides all logits by a temperature, as far as weights go.
  void multiply_scale(float factor);
  float scale() const { return scale_; }
  float max_logit() const { return max_; }
  double weight(const Item& item) const;
  double total_weight();
  /// Shannon entropy of the candidates' distribution, in nats.
  double entropy();

 private:
  static constexpr float kNothing = -__builtin_inff();

  void gather_band();
  void gather_all();
  void become_explicit();
  void refresh_max();
  void rank(size_t n);

  std::span<float> logits_;
  std::vector<Item> items_;  ///< whole_: candidates above frontier_; else: all candidates
  size_t sorted_ = 0;        ///< items_[0, sorted_) are the best, in order
  float frontier_ = 0.0f;    ///< whole_: everything above it is in items_
  float depth_ = 0.0f;       ///< of the next band below max_
  bool whole_ = true;        ///< the candidates are every finite logit of logits_
  float max_ = 0.0f;
  float scale_ = 1.0f;
  double total_ = -1.0;  ///< of weights; negative: unknown
};

}  // namespace hearth
