#pragma once

#include <cstdint>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "grammar/mask/forced_tokens.h"

namespace hearth::grammar::testing {

struct ForcedCount {
  size_t num_forced_bytes = 0, num_covered_bytes = 0;
  size_t num_cuts = 0, num_wrong = 0;  ///< tokens that another continuation would have cut otherwise
};

/// Cuts JSON texts at the border of a token and at random behind it, forces what lies between, and lets the
/// text go on in random ways: the tokens found must be those of the whole.
inline ForcedCount check_forced_tokens(const Tokenizer& tokenizer, uint32_t seed, size_t num_texts) {
  const TokenTablePtr table = *TokenTable::create(tokenizer);
  const ForcedTokens forced_tokens(tokenizer, table);
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {
      "{\"",        "name",   "\": \"",  "Anna",       "\", \"",       "description",
      "\":",        "[",      "]",       "}",          "\n    ",       "true",
      "null",       "12345",  "-0.5",    "created_at", "itemsPerPage", "\": ",
      "\",\"",      "user's", " don't",  "  ",         "\xC3\x9Fstra", "\xE4\xBD\xA0",
      "\": {\"",    "\"}",    "\": [\n", "_",          "id",           "URL",
      "HTTPServer", "e",      "\\n",     "://",        "..."};
  const auto some_text = [&](size_t num_pieces) {
    std::string text;
    while (num_pieces-- > 0) text += pieces[random() % pieces.size()];
    return text;
  };
  ForcedCount count;
  for (size_t i = 0; i < num_texts; ++i) {
    const std::string start = "{\"" + some_text(random() % 6), forced = some_text(1 + random() % 8);
    const std::string next = some_text(1 + random() % 4);
    const std::vector<TokenId> whole = *tokenizer.encode(start + forced + next, {.add_special = false});
    size_t first = 0, size = 0;  // the first token that begins at or behind the end of `start`
    while (first < whole.size() && size < start.size()) size += table->bytes(whole[first++]).size();
    if (size != start.size()) continue;  // the model would have written something else
    const std::vector<uint8_t> bytes(forced.begin(), forced.end());
    const std::vector<TokenId> found = forced_tokens.find(std::span(whole).first(first), bytes);
    ++count.num_cuts;
    count.num_forced_bytes += forced.size();
    std::string spelt;
    for (const TokenId id : found) spelt += table->bytes(id);
    EXPECT_TRUE(forced.starts_with(spelt)) << forced << " | " << spelt;
    count.num_covered_bytes += spelt.size();
    const bool is_right = found.size() <= whole.size() - first &&
                          std::equal(found.begin(), found.end(), whole.begin() + ptrdiff_t(first));
    if (!is_right) ++count.num_wrong;
    EXPECT_TRUE(is_right) << start << " | " << forced << " | " << next;
  }
  return count;
}

}  // namespace hearth::grammar::testing
