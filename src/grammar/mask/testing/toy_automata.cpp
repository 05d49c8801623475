#include "grammar/mask/testing/toy_automata.h"

#include <algorithm>
#include <bitset>
#include <cctype>
#include <unordered_map>
#include <utility>

#include "grammar/mask/loop_tokens.h"
#include "grammar/mask/utf8_walk.h"

namespace hearth::grammar::testing {
namespace {

/// States as strings that say all of them: equal futures are equal strings where the rules allow.
class SpeltAutomaton : public Automaton {
 public:
  StateId start() override { return intern(first()); }
  StateId step(StateId state, uint8_t byte) override {
    if (!fuel().take()) return kDeadState;
    const std::string from = spellings_[state];
    const std::string to = next(from, byte);
    return to == "dead" ? kDeadState : intern(to);
  }
  bool accepts(StateId state) override { return state != kDeadState && is_end(spellings_[state]); }
  Loop loop(StateId state) override { return loop_of(spellings_[state]); }
  Likeness like(StateId state) override {
    std::bitset<256> differs;
    const std::string other = like_of(std::string(spellings_[state]), differs);
    return {other.empty() ? kDeadState : intern(other), differs, false};
  }
  void keep_only(std::span<StateId> states) override {
    std::vector<std::string> kept;
    kept.reserve(states.size());
    for (const StateId state : states) kept.push_back(spellings_[state]);
    ids_.clear();
    spellings_ = {"dead"};
    size_ = 0;
    for (size_t i = 0; i < states.size(); ++i) states[i] = kept[i] == "dead" ? kDeadState : intern(kept[i]);
  }
  size_t memory_size() const override { return size_; }

 private:
  virtual std::string first() = 0;
  virtual std::string next(const std::string& state, uint8_t byte) = 0;
  virtual bool is_end(const std::string& state) = 0;
  virtual Loop loop_of(const std::string&) { return {}; }
  /// Empty: none.
  virtual std::string like_of(const std::string&, std::bitset<256>&) { return {}; }

  StateId intern(const std::string& spelling) {
    const auto [at, is_new] = ids_.emplace(spelling, StateId(spellings_.size()));
    if (is_new) {
      spellings_.push_back(spelling);
      size_ += 2 * spelling.size() + 100;
    }
    return at->second;
  }

  std::unordered_map<std::string, StateId> ids_;
  std::vector<std::string> spellings_ = {"dead"};
  size_t size_ = 0;
};

template <typename Made, typename Rules>
class ToyGrammar : public Grammar {
 public:
  explicit ToyGrammar(Rules rules) : rules_(std::move(rules)) {}
  std::unique_ptr<Automaton> make_automaton() const override { return std::make_unique<Made>(rules_); }
  size_t memory_size() const override { return sizeof(*this); }

 private:
  Rules rules_;
};

/// States: ":" and the text so far.
class WordsAutomaton : public SpeltAutomaton {
 public:
  explicit WordsAutomaton(const std::vector<std::string>& words) : words_(&words) {}

 private:
  std::string first() override { return ":"; }
  std::string next(const std::string& state, uint8_t byte) override {
    const std::string to = state + char(byte);
    const bool is_prefix =
        std::ranges::any_of(*words_, [&](const std::string& word) { return word.starts_with(to.substr(1)); });
    return is_prefix ? to : "dead";
  }
  bool is_end(const std::string& state) override {
    return std::ranges::find(*words_, state.substr(1)) != words_->end();
  }

  const std::vector<std::string>* words_;
};

/// States: the open values, a letter for what is read, and its details.
///   v value; V value or the array's end; e behind a value; l LETTERS what is left of a word; n, - number;
///   s COUNT string, x escape in it; k NAME key that may be a name, o key that is none, y escape in one;
///   f first key or the object's end, K key; c colon, C colon before a number; i integer
///   Inside of a code point: the bytes of it so far behind "|".
class JsonAutomaton : public SpeltAutomaton {
 public:
  explicit JsonAutomaton(const JsonRules& rules) : rules_(&rules) {}

 private:
  static constexpr const char* kDead = "dead";

  std::string first() override { return rules_->is_array ? "#A" : "#v"; }
  bool is_end(const std::string& state) override {
    return state == "#e" || state == "#n" || (state.size() == 2 && state[1] == 'n');
  }

  static size_t mode_at(const std::string& state) { return state.find_first_not_of("#{["); }

  Loop loop_of(const std::string& state) override {
    const size_t at = mode_at(state);
    if (state.find('|') != std::string::npos) return {};
    const LoopSet text = LoopSet::json_text();
    if (state[at] == 'o') return {text, Loop::kEndless};
    if (state[at] != 's') return {};
    const uint64_t count = std::stoull(state.substr(at + 1));
    const bool is_bounded = rules_->max_length != UINT64_MAX;
    return {text, is_bounded ? uint32_t(rules_->max_length - count) : Loop::kEndless};
  }

  std::string like_of(const std::string& state, std::bitset<256>& differs) override {
    const size_t at = mode_at(state);
    if (state[at] != 'k' || state.find('|') != std::string::npos || !rules_->other_names) return {};
    const std::string begun = state.substr(at + 1);
    for (const std::string& name : rules_->names) {
      if (name.starts_with(begun)) differs.set(name == begun ? '"' : uint8_t(name[begun.size()]));
    }
    return state.substr(0, at) + "o";
  }

  std::string next(const std::string& state, uint8_t byte) override {
    const size_t at = mode_at(state);
    const std::string open = state.substr(0, at);
    const char mode = state[at];
    const std::string details = state.substr(at + 1);
    if ((byte == ' ' || byte == '\n') && rules_->spaces &&
        std::string("vVefKcCiA").find(mode) != std::string::npos) {
      return state;
    }
    switch (mode) {
      case 'A':
        return byte == '[' ? open + "[V" : kDead;
      case 'V':
        if (byte == ']') return close(open);
        [[fallthrough]];
      case 'v':
        return value(open, byte);
      case 'i':
        return std::isdigit(byte) != 0 ? open + "n" : kDead;
      case 'n':
        return std::isdigit(byte) != 0 ? open + "n" : behind(open, byte);
      case '-':
        return std::isdigit(byte) != 0 ? open + "n" : kDead;
      case 'e':
        return behind(open, byte);
      case 'l':
        return byte == uint8_t(details[0])
                   ? (details.size() == 1 ? open + "e" : open + "l" + details.substr(1))
                   : kDead;
      case 'c':
        return byte == ':' ? open + "v" : kDead;
      case 'C':
        return byte == ':' ? open + "i" : kDead;
      case 'f':
        if (byte == '}') return close(open);
        [[fallthrough]];
      case 'K':
        return byte == '"' ? open + "k" : kDead;
      default:
        return string(open, mode, details, byte);
    }
  }

  std::string value(const std::string& open, uint8_t byte) {
    if (byte == '{') return open + "{f";
    if (byte == '[') return open + "[V";
    if (byte == '"') return open + "s0";
    if (byte == 't') return open + "lrue";
    if (byte == 'f') return open + "lalse";
    if (byte == 'n') return open + "lull";
    if (byte == '-') return open + "-";
    return std::isdigit(byte) != 0 ? open + "n" : kDead;
  }

  static std::string close(const std::string& open) { return open.substr(0, open.size() - 1) + "e"; }

  std::string behind(const std::string& open, uint8_t byte) {
    if (byte == ' ' || byte == '\n') return rules_->spaces ? open + "e" : kDead;
    if (open.back() == '{') return byte == ',' ? open + "K" : byte == '}' ? close(open) : kDead;
    if (open.back() == '[') return byte == ',' ? open + "v" : byte == ']' ? close(open) : kDead;
    return kDead;
  }

  std::string string(const std::string& open, char mode, const std::string& details, uint8_t byte) {
    const bool is_key = mode == 'k' || mode == 'o' || mode == 'y';
    const size_t bar = details.find('|');
    const std::string before = details.substr(0, bar),
                      part = bar == std::string::npos ? "" : details.substr(bar + 1);
    if (part.empty() && byte == '"' && mode != 'x' && mode != 'y') return end_string(open, mode, before);
    if (!is_key && part.empty() && mode == 's' && std::stoull(before) >= rules_->max_length) return kDead;
    if (mode == 'x') return std::isprint(byte) != 0 ? counted(open, std::stoull(before)) : kDead;
    if (mode == 'y') return std::isprint(byte) != 0 && rules_->other_names ? open + "o" : kDead;
    if (part.empty() && byte == '\\') return is_key ? open + "y" : open + "x" + before;
    Utf8Walk utf8;
    for (const char before_byte : part) utf8.step(uint8_t(before_byte));
    if ((part.empty() && byte < 0x20) || !utf8.step(byte)) return kDead;
    const std::string whole = part + char(byte);
    if (mode == 'k' && !is_name_prefix(before + whole)) {
      if (!rules_->other_names) return kDead;
      return utf8.at_boundary() ? open + "o" : open + "o|" + whole;
    }
    if (!utf8.at_boundary()) return open + mode + before + "|" + whole;
    if (mode == 's') return counted(open, std::stoull(before));
    return mode == 'k' ? open + "k" + before + whole : open + "o";
  }

  bool is_name_prefix(const std::string& text) {
    return std::ranges::any_of(rules_->names,
                               [&](const std::string& name) { return name.starts_with(text); });
  }

  /// Behind one more code point: what no rule asks about is not counted.
  std::string counted(const std::string& open, uint64_t count) {
    const bool is_asked = rules_->max_length != UINT64_MAX || count < rules_->min_length;
    return open + "s" + std::to_string(count + (is_asked ? 1 : 0));
  }

  std::string end_string(const std::string& open, char mode, const std::string& details) {
    if (mode == 's') return std::stoull(details) >= rules_->min_length ? open + "e" : kDead;
    if (mode == 'k' && std::ranges::find(rules_->names, details) != rules_->names.end()) return open + "C";
    return rules_->other_names ? open + "c" : kDead;
  }

  const JsonRules* rules_;
};

/// Takes more fuel for each step than the automaton inside.
class CostlyAutomaton : public Automaton {
 public:
  CostlyAutomaton(std::unique_ptr<Automaton> inner, uint64_t units)
      : inner_(std::move(inner)), units_(units) {
    inner_->share_fuel(fuel());
  }
  StateId start() override { return inner_->start(); }
  StateId step(StateId state, uint8_t byte) override {
    return fuel().take(units_) ? inner_->step(state, byte) : kDeadState;
  }
  bool accepts(StateId state) override { return inner_->accepts(state); }
  Loop loop(StateId state) override { return inner_->loop(state); }
  void keep_only(std::span<StateId> states) override { inner_->keep_only(states); }
  size_t memory_size() const override { return inner_->memory_size(); }

 private:
  std::unique_ptr<Automaton> inner_;
  uint64_t units_;
};

class CostlyGrammar : public Grammar {
 public:
  CostlyGrammar(GrammarPtr inner, uint64_t units) : inner_(std::move(inner)), units_(units) {}
  std::unique_ptr<Automaton> make_automaton() const override {
    return std::make_unique<CostlyAutomaton>(inner_->make_automaton(), units_);
  }
  size_t memory_size() const override { return sizeof(*this); }

 private:
  GrammarPtr inner_;
  uint64_t units_;
};

}  // namespace

GrammarPtr words_grammar(std::vector<std::string> words) {
  return std::make_shared<ToyGrammar<WordsAutomaton, std::vector<std::string>>>(std::move(words));
}

GrammarPtr json_grammar(JsonRules rules) {
  return std::make_shared<ToyGrammar<JsonAutomaton, JsonRules>>(std::move(rules));
}

GrammarPtr costly_grammar(GrammarPtr grammar, uint64_t units) {
  return std::make_shared<CostlyGrammar>(std::move(grammar), units);
}

}  // namespace hearth::grammar::testing
