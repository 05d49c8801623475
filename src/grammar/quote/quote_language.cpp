#include "grammar/quote/quote_language.h"

#include <string>

#include "grammar/quote/quote_walk.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

class QuoteLanguage : public TextLanguage {
 public:
  explicit QuoteLanguage(std::shared_ptr<const QuoteSource> source)
      : source_(std::move(source)), trie_(source_->make_trie()) {}

  StateId start() const override { return QuoteTrie::kRoot; }
  StateId step(StateId state, char32_t code_point) override {
    if (code_point < 0x80) return trie_.step(state, uint8_t(code_point));
    encoded_.clear();
    append_utf8(encoded_, code_point);
    for (const char byte : encoded_) {
      state = trie_.step(state, uint8_t(byte));
      if (state == kDeadState) break;
    }
    return state;
  }
  bool accepts(StateId state) const override { return trie_.accepts(state); }
  bool accepts_all(StateId) const override { return false; }
  Loop loop(StateId) const override { return {}; }
  std::optional<bool> visit_steps(StateId state, char32_t first, char32_t last,
                                  FunctionRef<bool(char32_t)> visit) override {
    return trie_.visit_steps(state, first, last, visit);
  }
  bool may_end_within(StateId state, uint64_t least, uint64_t most) override {
    return trie_.may_end_within(state, least, most);
  }
  bool walk(StateId state, TrieWalk& walk, Fuel& fuel) override {
    QuoteWalk(trie_, walk).run(state);
    fuel.take(trie_.work() - paid_);
    paid_ = trie_.work();
    return true;
  }

 private:
  std::shared_ptr<const QuoteSource> source_;
  mutable QuoteTrie trie_;  // learns whether a state accepts when it is asked
  uint64_t paid_ = 0;
  std::string encoded_;
};

class QuoteAutomaton : public Automaton {
 public:
  explicit QuoteAutomaton(std::shared_ptr<const QuoteSource> source)
      : source_(std::move(source)), trie_(source_->make_trie()) {}

  StateId start() override { return QuoteTrie::kRoot; }
  StateId step(StateId state, uint8_t byte) override {
    const StateId next = trie_.step(state, byte);
    return pay() ? next : kDeadState;
  }
  bool accepts(StateId state) override {
    const bool accepts = trie_.accepts(state);
    return pay() && accepts;
  }
  bool walk(StateId state, TrieWalk& walk) override {
    QuoteWalk(trie_, walk).run(state);
    pay();
    return true;
  }
  void keep_only(std::span<StateId> states) override { trie_.keep_only(states); }
  size_t memory_size() const override { return trie_.memory_size(); }

 private:
  bool pay() {
    const uint64_t work = trie_.work() - paid_;
    paid_ += work;
    return work == 0 || fuel().take(work);
  }

  std::shared_ptr<const QuoteSource> source_;
  QuoteTrie trie_;
  uint64_t paid_ = 0;
};

class QuoteGrammar : public Grammar {
 public:
  explicit QuoteGrammar(std::shared_ptr<const QuoteSource> source) : source_(std::move(source)) {}

  std::unique_ptr<Automaton> make_automaton() const override {
    return std::make_unique<QuoteAutomaton>(source_);
  }
  size_t memory_size() const override { return source_->memory_size(); }
  std::vector<QuotedString> quotes(std::string_view text, size_t max_places) const override {
    return {{"", source_->places(text, max_places)}};
  }

 private:
  std::shared_ptr<const QuoteSource> source_;
};

}  // namespace

std::unique_ptr<TextLanguage> QuoteLanguageMaker::make() const {
  return std::make_unique<QuoteLanguage>(source_);
}

GrammarPtr compile_quote(std::shared_ptr<const QuoteSource> source) {
  return std::make_shared<QuoteGrammar>(std::move(source));
}

}  // namespace hearth::grammar
