// A regular expression, a byte 0 and a text; before them a byte that says what is made of the expression: a
// pattern, a whole match, or bounds of a number, comma-separated. What is compiled must agree with itself.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "grammar/regex/languages.h"
#include "grammar/regex/number_language.h"
#include "grammar/regex/text_automaton.h"

namespace {

using namespace hearth;
using namespace hearth::grammar;

constexpr Limits kLimits{.max_dfa_states = 2000, .compile_fuel = 1'000'000};

bool accepts_bytes(const TextDfaPtr& language, std::string_view text) {
  TextAutomaton automaton(language);
  StateId state = automaton.start();
  for (size_t i = 0; i < text.size() && state != kDeadState; ++i) {
    automaton.loop(state);
    state = automaton.step(state, uint8_t(text[i]));
  }
  return state != kDeadState && automaton.accepts(state);
}

void check_language(const TextDfaPtr& language, std::string_view text) {
  const bool matches = language->matches(text);
  CHECK(accepts_bytes(language, text) == matches);
  // Of UTF-8, one of a language and of all others.
  const TextDfaPtr others = complement(*language);
  CHECK(!(others->matches(text) && matches));
  CHECK(others->empty() || !language->accepts_all(language->start()) || language->empty());
  for (StateId state = 1; state < language->num_states(); ++state)
    CHECK(language->least_rest(state) <= language->num_states());
}

void check_pattern(std::string_view pattern, std::string_view text, bool whole) {
  const auto found = pattern_language(pattern, kLimits);
  if (found) check_language(*found, text);
  if (!whole) return;
  const auto matched = regex_language(pattern, kLimits);
  if (!matched) return;
  check_language(*matched, text);
  if (found && (*matched)->matches(text)) CHECK((*found)->matches(text));
}

std::string_view take_field(std::string_view& fields) {
  const size_t comma = std::min(fields.find(','), fields.size());
  const std::string_view field = fields.substr(0, comma);
  fields.remove_prefix(std::min(comma + 1, fields.size()));
  return field;
}

void check_number(std::string_view fields, std::string_view text) {
  NumberBounds bounds;
  for (auto* bound : {&bounds.minimum, &bounds.maximum, &bounds.exclusive_minimum, &bounds.exclusive_maximum,
                      &bounds.multiple_of})
    if (const std::string_view field = take_field(fields); !field.empty()) *bound = field;
  const auto language = NumberLanguage::create(bounds, kLimits);
  if (!language) return;
  StateId state = language->start();
  for (size_t i = 0; i < text.size() && state != kDeadState; ++i)
    state = language->step(state, uint8_t(text[i]));
  if (state == kDeadState || !language->accepts(state)) return;
  // What it accepts equals itself.
  const auto same = NumberLanguage::equal_to(std::string(text), kLimits);
  CHECK(!same || !same->empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t end = std::min(input.find('\0'), input.size());
  const std::string_view source = input.substr(0, end);
  const std::string_view text = input.substr(std::min(end + 1, input.size()));
  if (data[0] % 4 == 3)
    check_number(source, text);
  else
    check_pattern(source, text, data[0] % 2 == 1);
  return 0;
}
