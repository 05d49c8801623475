#include "engine/speculator.h"

#include <algorithm>

#include "base/check.h"

namespace hearth {
namespace {

constexpr double kWeight = 0.1;      // of a guess in the running mean of acceptance
constexpr size_t kRetryAfter = 48;   // steps without a guess, then one is tried
constexpr double kLeastGain = 1.05;  // measurements are noisy

}  // namespace

Speculator::Speculator(const SpeculationOptions& options) : options_(options) {
  if (options_.draft == nullptr) return;
  CHECK(options_.draft_cache != nullptr);
  draft_ = std::make_unique<DraftModel>(*options_.draft, *options_.draft_cache);
}

void Speculator::forget(RequestId id) {
  states_.erase(id);
  if (draft_ != nullptr) draft_->forget(id);
}

/// A further row makes the step longer for every sequence in it.
size_t Speculator::worthwhile(State& state, size_t num_sequences, double draft_share) const {
  const double price = kLeastGain * double(num_sequences) * (cost_.row_share(num_sequences) + draft_share);
  size_t count = 0;
  for (double chance = state.acceptance; count < options_.max_drafts && chance > price;
       chance *= state.acceptance) {
    ++count;
  }
  if (count == 0 && ++state.num_idle >= kRetryAfter) count = 1;
  if (count > 0) state.num_idle = 0;
  return count;
}

void Speculator::guess(std::span<Sequence* const> sequences, const Clock& clock) {
  std::vector<Sequence*> decoding;
  for (Sequence* sequence : sequences) {
    sequence->drafts.clear();
    if (sequence->num_pending() == 1 && sequence->answers()) decoding.push_back(sequence);
  }
  std::vector<DraftModel::Wish> wishes;
  size_t num_wished = 0;
  for (Sequence* sequence : decoding) {
    State& state = states_[sequence->id];
    const size_t count = worthwhile(state, decoding.size(), 0.0);
    if (options_.ngrams) sequence->drafts = state.ngrams.guess(sequence->tokens, count);
    if (draft_ == nullptr || !sequence->drafts.empty()) continue;
    const double step = cost_.step_ns(decoding.size());
    const size_t paid = worthwhile(state, decoding.size(), step > 0.0 ? draft_ns_ / step : 0.0);
    if (paid > 0) wishes.push_back({sequence, paid});
    num_wished += paid;
  }
  if (wishes.empty()) return;
  const auto begin = clock();
  draft_->guess(wishes);
  const double ns = double((clock() - begin).count()) / double(num_wished);
  draft_ns_ = draft_ns_ > 0.0 ? draft_ns_ + kWeight * (ns - draft_ns_) : ns;
}

void Speculator::observe(const Sequence& sequence, size_t num_drafts, size_t num_accepted) {
  double& acceptance = states_[sequence.id].acceptance;
  // Guesses behind a wrong one say nothing.
  for (size_t i = 0; i < std::min(num_drafts, num_accepted + 1); ++i) {
    acceptance += kWeight * (double(i < num_accepted) - acceptance);
  }
}

}  // namespace hearth
