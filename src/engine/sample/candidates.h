#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/sample/logit_math.h"
#include "engine/sample/weight_histogram.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// The tokens that may still be drawn, ranked by logit (lower id first of equals), best first. Ranks only as
/// far as is asked for: a vocabulary is never sorted whole where its head suffices. Weights are relative to
/// the best token: e^((logit - best) * scale). What is asked changes no later result, but for an entropy's
/// last bits. Not thread-safe; meant to be reused from token to token.
class Candidates {
 public:
  struct Item {
    float logit;
    TokenId id;
  };

  /// Starts over with a whole vocabulary, which stays in the caller's hands and is edited by the changes
  /// below. Tokens at minus infinity are not candidates; NaN counts as minus infinity.
  void reset(std::span<float> logits);
  /// The same where the logits are known to be in range.
  void reset(std::span<float> logits, const LogitScan& scan);

  /// Gives the tokens named, as far as they are candidates, new logits.
  void replace(std::span<const Item> changes);
  /// The logit of a token, or minus infinity where it is no candidate.
  float logit(TokenId id) const;

  bool empty() const { return whole_ ? !(max_ > kNothing) : items_.empty(); }
  size_t size() const;
  /// The best min(n, size()) candidates, perhaps more, in order. Valid until the next call.
  std::span<const Item> best(size_t n);
  /// All candidates; only a head of them is in order.
  std::span<const Item> all();
  /// The first of them, in order, with which the sum of the weights comes to `weight`; where all come to
  /// less, the last that weighs anything. There must be a candidate.
  Item reach(double weight);

  /// Each of these leaves at least one candidate.
  void keep_best(size_t n);
  /// Keeps the best as far as `reach`.
  void keep_weight(double weight);
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
  static constexpr size_t kCrowd = 4096;  ///< more than this in a band are a large part of a vocabulary

  static bool better(const Item& a, const Item& b);
  bool gather(float low, size_t limit);
  bool gather_band(size_t limit);
  bool gather_at_least(float logit, size_t limit);
  void gather_bucket(size_t bucket, bool from_items);
  void rank(size_t n);
  void keep_through(const Item& last);
  void mask_behind(const Item& last);
  void refresh_max();
  void forget_items();
  void forget_weights();

  void weigh_all();
  bool weigh_bands(double weight);
  void weigh(bool from_items);
  void weigh_items(std::span<const Item> items);
  Item reach_in_bucket(double weight, double above, double before);

  std::span<float> logits_;
  std::vector<Item> items_;  ///< whole_: candidates above frontier_; else: all candidates
  size_t sorted_ = 0;        ///< items_[0, sorted_) are the best, in order
  float frontier_ = 0.0f;    ///< whole_: everything above it is in items_; infinity: nothing is
  float depth_ = 0.0f;       ///< of the next band below max_
  bool whole_ = true;        ///< the candidates are every finite logit of logits_
  bool masked_ = false;      ///< whole_: a cut left a large part of it, and set the rest to minus infinity
  float max_ = 0.0f;
  float scale_ = 1.0f;
  double total_ = -1.0;  ///< of weights; negative: unknown
  WeightHistogram histogram_;
  bool weighed_ = false;      ///< histogram_ has the weights of all candidates
  std::vector<Item> bucket_;  ///< scratch: the candidates of one bucket
};

}  // namespace hearth
