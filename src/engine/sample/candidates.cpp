#include "engine/sample/candidates.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

#include "engine/sample/logit_math.h"

namespace hearth {
namespace {

// The first band holds the tokens within this of the best: of a trained model's vocabulary, some hundred. Of
// a flat one it would be most, so it is halved while there are more than kCrowd.
constexpr float kFirstBand = 8.0f;
constexpr float kNarrowestBand = 1.0f / 16.0f;
constexpr float kLastBand = 4096.0f;
constexpr size_t kRankStep = 64;

/// Appends the logits that are both `wanted` and `allowed`, until there are more than `limit`: then false.
/// Few are expected to be `wanted`.
template <typename Wanted, typename Allowed>
bool append_matching(std::span<const float> logits, const Wanted& wanted, const Allowed& allowed,
                     size_t limit, std::vector<Candidates::Item>& items) {
  constexpr size_t kBlock = 16;
  for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const size_t end = std::min(logits.size(), begin + kBlock);
    int any = 0;
    for (size_t i = begin; i < end; ++i) any |= int(wanted(logits[i]));
    if (any == 0) continue;
    size_t size = items.size();
    items.resize(size + kBlock);
    for (size_t i = begin; i < end; ++i) {  // without branches: they would be mispredicted
      items[size] = {logits[i], TokenId(i)};
      size += size_t(wanted(logits[i])) & size_t(allowed(logits[i]));
    }
    items.resize(size);
    if (size > limit) return false;
  }
  return true;
}

}  // namespace

bool Candidates::better(const Item& a, const Item& b) {
  return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

void Candidates::reset(std::span<float> logits) {
  LogitScan scan = scan_logits(logits);
  if (!scan.in_range) {
    clamp_logits(logits);
    scan = scan_logits(logits);
  }
  reset(logits, scan);
}

void Candidates::reset(std::span<float> logits, const LogitScan& scan) {
  logits_ = logits;
  max_ = scan.max;
  whole_ = true;
  masked_ = false;
  scale_ = 1.0f;
  forget_items();
}

/// Of a whole vocabulary.
void Candidates::forget_items() {
  items_.clear();
  sorted_ = 0;
  frontier_ = std::numeric_limits<float>::infinity();
  depth_ = kFirstBand;
  forget_weights();
}

float Candidates::logit(TokenId id) const {
  if (whole_) return logits_[size_t(id)];
  for (const Item& item : items_) {
    if (item.id == id) return item.logit;
  }
  return kNothing;
}

void Candidates::replace(std::span<const Item> changes) {
  if (changes.empty()) return;
  if (whole_) {
    const float scale = scale_;
    for (const Item& change : changes) {
      if (logits_[size_t(change.id)] > kNothing) logits_[size_t(change.id)] = clamp_logit(change.logit);
    }
    reset(logits_);
    scale_ = scale;
    return;
  }
  for (const Item& change : changes) {
    for (Item& item : items_) {
      if (item.id == change.id) item.logit = clamp_logit(change.logit);
    }
  }
  std::erase_if(items_, [](const Item& item) { return !(item.logit > kNothing); });
  sorted_ = 0;
  refresh_max();
}

void Candidates::refresh_max() {
  max_ = kNothing;
  for (const Item& item : items_) max_ = std::max(max_, item.logit);
  forget_weights();
}

void Candidates::forget_weights() {
  total_ = -1.0;
  weighed_ = false;
}

/// Adds the logits above `low` to items_; false, and nothing added, where items_ would pass `limit`.
bool Candidates::gather(float low, size_t limit) {
  const size_t before = items_.size();
  const bool complete = append_matching(
      logits_, [low](float logit) { return logit > low; },
      [high = frontier_](float logit) { return logit <= high; }, limit, items_);
  if (complete) {
    frontier_ = low;
  } else {
    items_.resize(before);
  }
  return complete;
}

/// Adds the next band to items_; false where that passes `limit`.
bool Candidates::gather_band(size_t limit) {
  const bool first = frontier_ == std::numeric_limits<float>::infinity();
  while (!gather(depth_ > kLastBand ? kNothing : max_ - depth_, limit)) {
    if (!first || depth_ <= kNarrowestBand) return false;
    depth_ *= 0.5f;
  }
  depth_ *= 2.0f;
  return true;
}

/// Sees to it that items_ has all candidates of at least `logit`; false where it would pass `limit`.
bool Candidates::gather_at_least(float logit, size_t limit) {
  return frontier_ < logit || gather(std::nextafter(logit, kNothing), limit);
}

/// Fills bucket_, from items_ or from logits_.
void Candidates::gather_bucket(size_t bucket, bool from_items) {
  bucket_.clear();
  const auto held = [this, bucket](float logit) { return histogram_.holds(bucket, logit); };
  if (from_items) {
    std::ranges::copy_if(items_, std::back_inserter(bucket_), held, &Item::logit);
  } else {
    append_matching(logits_, held, [](float) { return true; }, logits_.size(), bucket_);
  }
}

void Candidates::rank(size_t n) {
  if (whole_ && items_.empty()) gather_band(kCrowd);
  while (whole_ && items_.size() < n && frontier_ > kNothing) gather_band(logits_.size());
  if (n <= sorted_) return;
  const size_t target = std::min(items_.size(), std::max({n, sorted_ * 2, kRankStep}));
  const auto begin = items_.begin() + ptrdiff_t(sorted_), end = items_.begin() + ptrdiff_t(target);
  if (target < items_.size()) std::nth_element(begin, end, items_.end(), better);
  std::sort(begin, end, better);
  sorted_ = target;
}

size_t Candidates::size() const {
  if (!whole_) return items_.size();
  return size_t(std::ranges::count_if(logits_, [](float logit) { return logit > kNothing; }));
}

std::span<const Candidates::Item> Candidates::best(size_t n) {
  rank(n);
  return std::span(items_).first(sorted_);
}

std::span<const Candidates::Item> Candidates::all() {
  if (whole_ && frontier_ > kNothing) gather(kNothing, logits_.size());
  return items_;
}

void Candidates::keep_best(size_t n) {
  n = std::max<size_t>(n, 1);
  rank(n);
  const bool complete = !whole_ || frontier_ == kNothing;
  if (complete && items_.size() <= n) return;
  items_.resize(n);
  sorted_ = std::min(sorted_, n);
  whole_ = false;
  forget_weights();
}

void Candidates::keep_weight(double weight) { keep_through(reach(weight)); }

void Candidates::keep_at_least(float logit) {
  keep_through({std::min(logit, max_), std::numeric_limits<TokenId>::max()});
}

/// Drops what ranks behind `last`.
void Candidates::keep_through(const Item& last) {
  if (whole_ && !gather_at_least(last.logit, logits_.size() / 4)) return mask_behind(last);
  const auto kept = [&last](const Item& item) { return !better(last, item); };
  const auto head = items_.begin() + ptrdiff_t(sorted_);
  sorted_ = size_t(std::partition_point(items_.begin(), head, kept) - items_.begin());
  std::erase_if(items_, std::not_fn(kept));
  whole_ = false;
  forget_weights();
}

/// Drops what ranks behind `last` without a list of what stays: of many, it would cost more than it saves.
void Candidates::mask_behind(const Item& last) {
  const size_t behind = std::min(logits_.size(), size_t(last.id) + 1);
  for (float& logit : logits_.first(behind)) logit = logit >= last.logit ? logit : kNothing;
  for (float& logit : logits_.subspan(behind)) logit = logit > last.logit ? logit : kNothing;
  masked_ = true;
  forget_items();
}

void Candidates::drop_best(size_t n) {
  rank(n + 1);
  if (items_.empty()) return;
  n = std::min(n, items_.size() - 1);
  const auto dropped = std::span(items_).first(n);
  if (whole_) {
    for (const Item& item : dropped) logits_[size_t(item.id)] = kNothing;
  }
  items_.erase(items_.begin(), items_.begin() + ptrdiff_t(n));
  sorted_ -= n;
  max_ = items_.front().logit;
  forget_weights();
}

void Candidates::keep_only(std::vector<Item> items) {
  items_ = std::move(items);
  sorted_ = 0;
  whole_ = false;
  refresh_max();
}

void Candidates::multiply_scale(float factor) {
  // Kept finite and above zero, whatever the temperature.
  scale_ = std::clamp(scale_ * factor, 1e-30f, 1e30f);
  forget_weights();
}

}  // namespace hearth
