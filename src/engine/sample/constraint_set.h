#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/sample/token_constraint.h"

namespace hearth {

/// The constraints of one sequence, all of which a token must satisfy, and the masks of the step under way.
/// Used by one thread at a time.
class ConstraintSet {
 public:
  explicit ConstraintSet(std::vector<std::unique_ptr<TokenConstraint>> all) : all_(std::move(all)) {}

  bool empty() const { return all_.empty(); }

  /// How many of these tokens may come, one after the other; one of the sorted `end_ids` is the last of them.
  size_t num_allowed(std::span<const TokenId> tokens, std::span<const TokenId> end_ids);

  /// Computes the masks behind the text and behind each of its drafts, as far as those may come and end
  /// nothing. Accepts these drafts.
  void compute_masks(std::span<const TokenId> drafts, std::span<const TokenId> end_ids, size_t vocab_size);
  /// The mask behind the first `index` drafts. Errors: those of TokenConstraint::fill_mask.
  Result<const TokenMask*> mask(size_t index) const;
  /// The text went on with the first `num_right` drafts and with `last`. Error: kInternal for a constraint
  /// that does not accept what its mask allows.
  Status accept(size_t num_right, TokenId last);

  /// Accepts and returns the tokens that must come next, as far as all constraints take them and `may_come`
  /// does not refuse one; one of the sorted `end_ids` is the last, and not accepted.
  std::vector<TokenId> accept_forced(size_t most, std::span<const TokenId> end_ids,
                                     const std::function<bool(TokenId)>& may_come);

 private:
  bool accept(TokenId id);
  void rollback(size_t count);
  Status fill(TokenMask& mask);

  std::vector<std::unique_ptr<TokenConstraint>> all_;
  std::vector<TokenMask> masks_;  ///< reused from step to step
  TokenMask one_;                 ///< of one among several constraints
  size_t num_masks_ = 0;
  size_t num_ahead_ = 0;        ///< drafts that are accepted
  std::optional<Error> error_;  ///< of the mask behind them
};

}  // namespace hearth
