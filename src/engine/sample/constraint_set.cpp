#include "engine/sample/constraint_set.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace hearth {

size_t ConstraintSet::num_allowed(std::span<const TokenId> tokens, std::span<const TokenId> end_ids) {
  size_t count = 0;
  while (count < tokens.size() && !std::ranges::binary_search(end_ids, tokens[count]) &&
         accept(tokens[count])) {
    ++count;
  }
  rollback(count);
  const bool ends = count < tokens.size() && std::ranges::binary_search(end_ids, tokens[count]);
  return count + size_t(ends);
}

void ConstraintSet::compute_masks(std::span<const TokenId> drafts, std::span<const TokenId> end_ids,
                                  size_t vocab_size) {
  CHECK(num_ahead_ == 0);
  error_.reset();
  num_masks_ = 0;
  while (true) {
    if (masks_.size() == num_masks_) masks_.emplace_back(vocab_size);
    if (Status filled = fill(masks_[num_masks_]); !filled) {
      error_ = std::move(filled.error());
      return;
    }
    ++num_masks_;
    if (num_ahead_ == drafts.size()) return;
    const TokenId next = drafts[num_ahead_];
    if (std::ranges::binary_search(end_ids, next) || !accept(next)) return;
    ++num_ahead_;
  }
}

Status ConstraintSet::fill(TokenMask& mask) {
  mask.clear();
  TRY(all_[0]->fill_mask(mask));
  for (size_t i = 1; i < all_.size(); ++i) {
    one_ = TokenMask(mask.vocab_size());
    TRY(all_[i]->fill_mask(one_));
    mask.intersect(one_);
  }
  return {};
}

Result<const TokenMask*> ConstraintSet::mask(size_t index) const {
  if (index < num_masks_) return &masks_[index];
  if (error_) return std::unexpected(*error_);
  return fail(ErrorCode::kInternal, "a constraint does not accept a token that it allows");
}

Status ConstraintSet::accept(size_t num_right, TokenId last) {
  if (empty()) return {};
  CHECK(num_right <= num_ahead_);
  rollback(std::exchange(num_ahead_, 0) - num_right);
  if (accept(last)) return {};
  return fail(ErrorCode::kInternal, "a constraint does not accept token {}, which it allows", last);
}

std::vector<TokenId> ConstraintSet::accept_forced(size_t most, std::span<const TokenId> end_ids,
                                                  const std::function<bool(TokenId)>& may_come) {
  CHECK(num_ahead_ == 0);
  std::vector<TokenId> wanted;
  for (size_t i = 0; i < all_.size() && wanted.empty(); ++i) wanted = all_[i]->forced(most);
  std::vector<TokenId> accepted;
  for (const TokenId id : wanted) {
    if (accepted.size() == most || !may_come(id)) break;
    const bool ends = std::ranges::binary_search(end_ids, id);
    if (!ends && !accept(id)) break;
    accepted.push_back(id);
    if (ends) break;
  }
  return accepted;
}

bool ConstraintSet::accept(TokenId id) {
  for (size_t i = 0; i < all_.size(); ++i) {
    if (all_[i]->accept(id)) continue;
    while (i-- > 0) all_[i]->rollback(1);
    return false;
  }
  return true;
}

void ConstraintSet::rollback(size_t count) {
  if (count == 0) return;
  for (const auto& one : all_) one->rollback(count);
}

}  // namespace hearth
