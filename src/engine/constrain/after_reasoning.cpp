#include "engine/constrain/after_reasoning.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/constrain/byte_finder.h"
#include "engine/constrain/mark_tokens.h"

namespace hearth {
namespace {

// White space between a thought and the answer: models write one or two line ends.
constexpr size_t kMaxGap = 8;

bool is_white(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

class AfterReasoning final : public TokenConstraint {
 public:
  AfterReasoning(ReasoningMarks marks, grammar::TokenTablePtr table, std::unique_ptr<TokenConstraint> answer)
      : start_(std::move(marks.start)),
        end_(std::move(marks.end)),
        table_(std::move(table)),
        answer_(std::move(answer)),
        thoughts_(end_.size()) {
    CHECK(end_.size() > 0);
    places_.push_back({marks.is_open ? Phase::kThought : Phase::kStart});
  }

  Status fill_mask(TokenMask& mask) override {
    const Place& place = places_.back();
    switch (place.phase) {
      case Phase::kThought:
        mask.allow(thought(place.count, mask.vocab_size()));
        return {};
      case Phase::kStart:
        if (place.count == 0) TRY(answer_->fill_mask(mask));
        if (place.count < start_.size()) allow_starting(start_[place.count], mask);
        return {};
      case Phase::kGap:
        TRY(answer_->fill_mask(mask));
        for (const char first : {' ', '\t', '\r', '\n'}) allow_starting(first, mask);
        return {};
      case Phase::kAnswer:
        return answer_->fill_mask(mask);
    }
    return {};
  }

  bool accept(TokenId id) override {
    const Place& place = places_.back();
    const std::optional<Place> next = place.phase == Phase::kAnswer ? std::nullopt : pass(place, id);
    if (next) {
      places_.push_back(*next);
      return true;
    }
    const bool may_begin = place.phase == Phase::kAnswer || place.phase == Phase::kGap ||
                           (place.phase == Phase::kStart && place.count == 0);
    if (!may_begin || !answer_->accept(id)) return false;
    places_.push_back({Phase::kAnswer});
    return true;
  }

  void rollback(size_t count) override {
    for (; count > 0; --count) {
      if (places_.back().phase == Phase::kAnswer) answer_->rollback(1);
      places_.pop_back();
    }
    CHECK(!places_.empty());
  }

  std::vector<TokenId> forced(size_t most) override {
    if (places_.back().phase != Phase::kAnswer) return {};
    return answer_->forced(most);
  }

 private:
  enum class Phase : uint8_t {
    kStart,    ///< `count` bytes of the start mark are there; none: the answer may begin as well
    kThought,  ///< the last `count` bytes may begin the end mark
    kGap,      ///< `count` bytes of white space behind it
    kAnswer,
  };
  struct Place {
    Phase phase;
    size_t count = 0;
  };

  /// Where a token leads that is not the answer's; none where it is not allowed here.
  std::optional<Place> pass(Place place, TokenId id) const {
    const std::string_view bytes = table_->bytes(id);
    if (bytes.empty() || table_->is_end(id)) return std::nullopt;
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (place.phase == Phase::kGap) {
        place.count += bytes.size() - i;
        if (place.count > kMaxGap || !is_white(bytes.substr(i))) return std::nullopt;
        return place;
      }
      if (place.phase == Phase::kStart) {
        if (place.count == start_.size() || start_[place.count] != bytes[i]) return std::nullopt;
        if (++place.count == start_.size()) place = {Phase::kThought};
      } else {
        place.count = end_.step(place.count, bytes[i]);
        if (place.count == end_.size()) place = {Phase::kGap};
      }
    }
    return place;
  }

  /// The tokens that may come in a thought.
  const TokenMask& thought(size_t matched, size_t vocab_size) {
    std::optional<TokenMask>& mask = thoughts_[matched];
    if (mask) return *mask;
    mask.emplace(vocab_size);
    for (size_t id = 0; id < std::min(vocab_size, table_->num_tokens()); ++id) {
      if (pass({Phase::kThought, matched}, TokenId(id))) mask->allow(TokenId(id));
    }
    return *mask;
  }

  /// The tokens that begin with this byte and may come here.
  void allow_starting(char first, TokenMask& mask) const {
    const uint32_t root = table_->root(uint8_t(first));
    const auto nodes = table_->trie().nodes();
    if (root >= table_->trie().num_nodes()) return;
    const auto values = table_->trie().values().subspan(
        nodes[root].first_value, nodes[nodes[root].end].first_value - nodes[root].first_value);
    for (const uint32_t id : values) {
      if (id < mask.vocab_size() && pass(places_.back(), TokenId(id))) mask.allow(TokenId(id));
    }
  }

  std::string start_;
  ByteFinder end_;
  grammar::TokenTablePtr table_;
  std::unique_ptr<TokenConstraint> answer_;
  std::vector<std::optional<TokenMask>> thoughts_;  ///< by the matched bytes of the end mark
  std::vector<Place> places_;                       ///< behind each token
};

}  // namespace

std::optional<ReasoningMarks> reasoning_marks(const ReasoningFormat& format, std::string_view prompt,
                                              const ModelTokens& tokens) {
  if (!format.thinks()) return std::nullopt;
  // In channels, all but the message of the last one.
  if (format.in_channels) {
    return ReasoningMarks{.start = {}, .end = mark_bytes(format.answer_start, tokens), .is_open = true};
  }
  return ReasoningMarks{.start = mark_bytes(format.start, tokens),
                        .end = mark_bytes(format.end, tokens),
                        .is_open = format.is_open_at_end(prompt)};
}

std::unique_ptr<TokenConstraint> after_reasoning(ReasoningMarks marks, grammar::TokenTablePtr table,
                                                 std::unique_ptr<TokenConstraint> answer) {
  return std::make_unique<AfterReasoning>(std::move(marks), std::move(table), std::move(answer));
}

}  // namespace hearth
