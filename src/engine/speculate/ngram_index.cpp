#include "engine/speculate/ngram_index.h"

#include <algorithm>

namespace hearth {
namespace {

// Occurrences compared for an n-gram: bounds the time that a frequent one takes.
constexpr size_t kMostPlaces = 32;

/// How many tokens before `place` match the text's last ones.
size_t matched_before(std::span<const TokenId> tokens, size_t place) {
  const size_t most = std::min(place, NgramIndex::kMostMatched);
  size_t count = 0;
  while (count < most && tokens[place - 1 - count] == tokens[tokens.size() - 1 - count]) ++count;
  return count;
}

}  // namespace

/// Of the last `length` tokens.
uint64_t NgramIndex::key(std::span<const TokenId> tokens, size_t length) {
  uint64_t value = length;
  for (TokenId id : tokens.last(length)) {
    value = (value ^ uint32_t(id)) * 0x9E3779B97F4A7C15u;
    value ^= value >> 29;
  }
  return value;
}

/// Leaves out the text's last n-gram, which is the one looked up: it would find itself.
void NgramIndex::index(std::span<const TokenId> tokens, size_t length, Places& places) const {
  places.before.resize(std::max(places.before.size(), tokens.size()), kNowhere);
  for (size_t end = std::max(num_indexed_, length); end < tokens.size(); ++end) {
    uint32_t& latest = places.latest[key(tokens.first(end), length)];
    places.before[end] = latest;
    latest = uint32_t(end);
  }
}

/// The best place behind the text's last n-gram; kNowhere: none.
size_t NgramIndex::find(std::span<const TokenId> tokens, size_t length, const Places& places,
                        size_t& num_matched) {
  num_matched = 0;
  if (tokens.size() < length) return kNowhere;
  const auto found = places.latest.find(key(tokens, length));
  if (found == places.latest.end()) return kNowhere;
  size_t best = kNowhere;
  size_t place = found->second;
  for (size_t i = 0; i < kMostPlaces && place != kNowhere; ++i, place = places.before[place]) {
    const size_t matched = matched_before(tokens, place);
    // Shorter than the n-gram: a collision of keys.
    if (matched < length || matched <= num_matched) continue;
    best = place;
    num_matched = matched;
    if (matched == kMostMatched) break;
  }
  return best;
}

NgramIndex::Draft NgramIndex::draft(std::span<const TokenId> tokens, size_t count) {
  index(tokens, kShort, short_);
  index(tokens, kLong, long_);
  num_indexed_ = std::max(num_indexed_, tokens.size());
  Draft draft;
  size_t place = find(tokens, kLong, long_, draft.num_matched);
  if (place == kNowhere) place = find(tokens, kShort, short_, draft.num_matched);
  if (place == kNowhere) return {};
  for (size_t at = place; draft.tokens.size() < count; ++at) {
    // A repetition may reach into the draft itself.
    draft.tokens.push_back(at < tokens.size() ? tokens[at] : draft.tokens[at - tokens.size()]);
  }
  return draft;
}

}  // namespace hearth
