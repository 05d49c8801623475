#include "engine/candidates.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "engine/logit_math.h"

namespace hearth {
namespace {

// The first band holds the tokens within this of the best: of a trained model's vocabulary, some hundred.
constexpr float kFirstBand = 8.0f;
constexpr float kLastBand = 4096.0f;
constexpr size_t kRankStep = 64;

bool better(const Candidates::Item& a, const Candidates::Item& b) {
  return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

}  // namespace

void Candidates::reset(std::span<float> logits) {
  LogitScan scan = scan_logits(logits);
  if (!scan.in_range) {
    clamp_logits(logits);
    scan = scan_logits(logits);
  }
  logits_ = logits;
  max_ = scan.max;
  items_.clear();
  sorted_ = 0;
  frontier_ = std::numeric_limits<float>::infinity();
  depth_ = kFirstBand;
  whole_ = true;
  scale_ = 1.0f;
  total_ = -1.0;
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
  total_ = -1.0;
}

void Candidates::gather_band() {
  const float low = depth_ > kLastBand ? kNothing : max_ - depth_;
  constexpr size_t kBlock = 16;
  for (size_t begin = 0; begin < logits_.size(); begin += kBlock) {
    const size_t end = std::min(logits_.size(), begin + kBlock);
    int any = 0;
    for (size_t i = begin; i < end; ++i) any |= int(logits_[i] > low) & int(logits_[i] <= frontier_);
    if (any == 0) continue;
    for (size_t i = begin; i < end; ++i) {
      if (logits_[i] > low && logits_[i] <= frontier_) items_.push_back({logits_[i], TokenId(i)});
    }
  }
  frontier_ = low;
  depth_ *= 2.0f;
}

void Candidates::gather_all() {
  if (!whole_ || frontier_ == kNothing) return;
  depth_ = std::numeric_limits<float>::infinity();
  gather_band();
}

void Candidates::become_explicit() {
  gather_all();
  whole_ = false;
}

void Candidates::rank(size_t n) {
  while (whole_ && items_.size() < n && frontier_ > kNothing) gather_band();
  if (n <= sorted_) return;
  const size_t target = std::min(items_.size(), std::max({n, sorted_ * 2, kRankStep}));
  const auto begin = items_.begin() + ptrdiff_t(sorted_), end = items_.begin() + ptrdiff_t(target);
  if (target < items_.size()) std::nth_element(begin, end, items_.end(), better);
  std::sort(begin, end, better);
  sorted_ = target;
}

size_t Candidates::size() {
  gather_all();
  return items_.size();
}

std::span<const Candidates::Item> Candidates::best(size_t n) {
  rank(n);
  return std::span(items_).first(sorted_);
}

std::span<const Candidates::Item> Candidates::all() {
  gather_all();
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
  total_ = -1.0;
}

void Candidates::keep_at_least(float logit) {
  logit = std::min(logit, max_);
  while (whole_ && frontier_ >= logit && frontier_ > kNothing) gather_band();
  const auto kept = [logit](const Item& item) { return item.logit >= logit; };
  const auto head = items_.begin() + ptrdiff_t(sorted_);
  const size_t sorted = size_t(std::partition_point(items_.begin(), head, kept) - items_.begin());
  std::erase_if(items_, std::not_fn(kept));
  sorted_ = std::min(sorted, items_.size());
  whole_ = false;
  total_ = -1.0;
}

void Candidates::drop_best(size_t n) {
  become_explicit();
  n = std::min(n, items_.empty() ? 0 : items_.size() - 1);
  rank(n);
  items_.erase(items_.begin(), items_.begin() + ptrdiff_t(n));
  sorted_ -= n;
  refresh_max();
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
  total_ = -1.0;
}

double Candidates::weight(const Item& item) const {
  return double(exp_negative((item.logit - max_) * scale_));
}

double Candidates::total_weight() {
  if (total_ >= 0.0) return total_;
  total_ = 0.0;
  if (whole_) {
    total_ = sum_exp(logits_, max_, scale_);
  } else {
    for (const Item& item : items_) total_ += weight(item);
  }
  return total_;
}

double Candidates::entropy() {
  const double total = total_weight();
  double mean_exponent = 0.0;  // of (logit - max) * scale
  const auto add = [&](float logit) {
    const float exponent = (logit - max_) * scale_;
    const double share = double(exp_negative(exponent));
    if (share > 0.0) mean_exponent += share * double(exponent) / total;
  };
  if (whole_) {
    for (float logit : logits_) add(logit);
  } else {
    for (const Item& item : items_) add(item.logit);
  }
  return std::log(total) - mean_exponent;
}

}  // namespace hearth
