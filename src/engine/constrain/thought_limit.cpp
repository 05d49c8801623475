#include "engine/constrain/thought_limit.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/constrain/byte_finder.h"
#include "engine/constrain/mark_tokens.h"

namespace hearth {
namespace {

// Tokens beyond the limit for a character or a mark that has begun.
constexpr size_t kMaxOverrun = 8;

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Bytes that a UTF-8 character still wants behind one more byte.
uint8_t open_bytes(uint8_t open, uint8_t byte) {
  if ((byte & 0xC0) == 0x80) return open > 0 ? open - 1 : 0;
  if (byte >= 0xF8 || byte < 0xC0) return 0;
  return byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
}

class LimitThoughts final : public TokenConstraint {
 public:
  LimitThoughts(ThoughtLimit limit, grammar::TokenTablePtr table)
      : limit_(std::move(limit)),
        table_(std::move(table)),
        start_(limit_.start),
        end_(limit_.end),
        starts_(start_.size()) {
    CHECK(start_.size() > 0 && end_.size() > 0);
    Place first{limit_.is_open ? Phase::kThought : Phase::kBefore};
    if (!limit_.opening.empty()) {
      first = {.phase = Phase::kOpening};
    } else if (limit_.is_open && limit_.max_tokens == 0) {
      first = closing(first);
    }
    places_.push_back(first);
  }

  Status fill_mask(TokenMask& mask) override {
    const Place& place = places_.back();
    switch (place.phase) {
      case Phase::kOpening:
        mask.allow(limit_.opening[place.count]);
        return {};
      case Phase::kClosing:
        mask.allow(limit_.closing[place.count]);
        return {};
      case Phase::kThought:
        mask.allow(going_on(mask.vocab_size()));
        return {};
      case Phase::kBefore:
      case Phase::kGap:
      case Phase::kAnswer:
        break;
    }
    const bool is_decided = place.phase == Phase::kBefore && limit_.repeats && is_used_up(place);
    if (is_decided) {
      mask.allow(without_start(place.count, mask.vocab_size()));
    } else {
      mask.allow(may_end(place) ? all(mask.vocab_size()) : going_on(mask.vocab_size()));
    }
    return {};
  }

  bool accept(TokenId id) override {
    const std::optional<Place> next = step(places_.back(), id);
    if (next) places_.push_back(*next);
    return next.has_value();
  }

  void rollback(size_t count) override {
    CHECK(count < places_.size());
    places_.resize(places_.size() - count);
  }

  std::vector<TokenId> forced(size_t most) override {
    const Place& place = places_.back();
    if (place.phase != Phase::kOpening && place.phase != Phase::kClosing) return {};
    const auto& ids = place.phase == Phase::kOpening ? limit_.opening : limit_.closing;
    const size_t count = std::min(most, ids.size() - place.count);
    return {ids.begin() + ptrdiff_t(place.count), ids.begin() + ptrdiff_t(place.count + count)};
  }

 private:
  enum class Phase : uint8_t {
    kOpening,  ///< `count` tokens of what is set first are there
    kBefore,   ///< the last `count` bytes may begin the start mark
    kThought,  ///< the last `count` bytes may begin the end mark
    kClosing,  ///< `count` tokens of what closes are there
    kGap,      ///< white space behind a thought
    kAnswer,
  };
  struct Place {
    Phase phase;
    size_t count = 0;
    size_t used = 0;   ///< tokens of thoughts
    uint8_t open = 0;  ///< bytes that the last character still wants
  };

  bool may_end(const Place& place) const {
    return place.phase == Phase::kAnswer ||
           (place.phase != Phase::kThought && (limit_.repeats || !limit_.must_answer));
  }
  bool is_used_up(const Place& place) const { return place.used >= limit_.max_tokens; }

  static Place closing(Place place) { return {.phase = Phase::kClosing, .used = place.used}; }
  Place behind_thought(Place place) const {
    return {.phase = limit_.repeats ? Phase::kBefore : Phase::kGap, .used = place.used};
  }

  /// Where a token leads; none where it is not allowed.
  std::optional<Place> step(Place place, TokenId id) const {
    switch (place.phase) {
      case Phase::kOpening:
        return set(limit_.opening, place, id);
      case Phase::kClosing:
        return set(limit_.closing, place, id);
      case Phase::kAnswer:
        return place;
      case Phase::kThought:
        ++place.used;
        break;
      case Phase::kBefore:
      case Phase::kGap:
        break;
    }
    if (table_->is_end(id) && !may_end(place)) return std::nullopt;
    const bool was_used_up = is_used_up(place);
    for (const char byte : table_->bytes(id)) {
      const bool was_before = place.phase == Phase::kBefore;
      take(place, byte);
      const bool begins = was_before && (place.phase == Phase::kThought || place.count >= limit_.decided);
      if (begins && limit_.repeats && was_used_up) return std::nullopt;
    }
    return place.phase == Phase::kThought && must_close(place) ? closing(place) : place;
  }

  /// One of the tokens that are set.
  std::optional<Place> set(const std::vector<TokenId>& ids, Place place, TokenId id) const {
    if (ids[place.count] != id) return std::nullopt;
    if (++place.count < ids.size()) return place;
    return behind_thought(place);
  }

  void take(Place& place, char byte) const {
    if (place.phase == Phase::kGap && !is_white(byte)) place = {Phase::kAnswer};
    if (place.phase == Phase::kBefore) {
      const bool skips = !limit_.repeats && place.count == 0 && is_white(byte);
      if (skips) return;
      const size_t matched = start_.step(place.count, byte);
      if (matched == start_.size()) {
        place = {.phase = Phase::kThought, .used = place.used};
      } else if (!limit_.repeats && matched != place.count + 1) {
        place = {Phase::kAnswer};
      } else {
        place.count = matched;
      }
    } else if (place.phase == Phase::kThought) {
      place.open = open_bytes(place.open, uint8_t(byte));
      place.count = end_.step(place.count, byte);
      if (place.count == end_.size()) place = behind_thought(place);
    }
  }

  bool must_close(const Place& place) const {
    if (!is_used_up(place)) return false;
    return (place.open == 0 && place.count == 0) || place.used >= limit_.max_tokens + kMaxOverrun;
  }

  // Masks that are the same at many places -----------------------------------------------------------------

  const TokenMask& all(size_t vocab_size) {
    if (all_) return *all_;
    all_.emplace(vocab_size);
    for (size_t id = 0; id < vocab_size; ++id) all_->allow(TokenId(id));
    return *all_;
  }

  /// All tokens but those that end the turn.
  const TokenMask& going_on(size_t vocab_size) {
    if (going_on_) return *going_on_;
    going_on_.emplace(vocab_size);
    for (size_t id = 0; id < vocab_size; ++id) {
      if (!table_->is_end(TokenId(id))) going_on_->allow(TokenId(id));
    }
    return *going_on_;
  }

  /// All tokens that begin no thought, behind so many bytes of its mark.
  const TokenMask& without_start(size_t matched, size_t vocab_size) {
    std::optional<TokenMask>& mask = starts_[matched];
    if (mask) return *mask;
    mask.emplace(vocab_size);
    const Place place{.phase = Phase::kBefore, .count = matched, .used = limit_.max_tokens};
    for (size_t id = 0; id < vocab_size; ++id) {
      if (step(place, TokenId(id))) mask->allow(TokenId(id));
    }
    return *mask;
  }

  ThoughtLimit limit_;
  grammar::TokenTablePtr table_;
  ByteFinder start_, end_;
  std::optional<TokenMask> all_, going_on_;
  std::vector<std::optional<TokenMask>> starts_;  ///< by the matched bytes of the start mark
  std::vector<Place> places_;                     ///< behind each token
};

}  // namespace

std::optional<ThoughtLimit> thought_limit(const ReasoningFormat& format, std::string_view prompt,
                                          const ModelTokens& tokens, const ThoughtLimitOptions& options) {
  if (!format.thinks()) return std::nullopt;
  const std::string_view said = prompt.substr(0, prompt.find_last_not_of(" \t\r\n") + 1);
  if (said.ends_with(format.end)) return std::nullopt;
  ThoughtLimit limit;
  limit.max_tokens = options.max_tokens;
  limit.start = mark_bytes(format.start, tokens);
  limit.end = mark_bytes(format.end, tokens);
  limit.is_open = format.is_open_at_end(prompt);
  limit.repeats = format.in_channels;
  limit.decided = mark_bytes(format.thought_only, tokens).size();
  limit.closing = mark_tokens(format.closing, tokens);
  if (limit.closing.empty()) return std::nullopt;
  if (format.in_channels && !options.calls_tools) {
    const std::vector<TokenId> answer = mark_tokens(format.answer_start, tokens);
    limit.closing.insert(limit.closing.end(), answer.begin(), answer.end());
    if (options.max_tokens == 0) limit.opening = answer;
  }
  return limit;
}

std::unique_ptr<TokenConstraint> limit_thoughts(ThoughtLimit limit, grammar::TokenTablePtr table) {
  return std::make_unique<LimitThoughts>(std::move(limit), std::move(table));
}

}  // namespace hearth
