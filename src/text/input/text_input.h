#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth {

/// One text, or two, as a model that reads whole texts takes them.
struct TextInput {
  std::vector<TokenId> ids;
  std::vector<int32_t> types = {};  ///< the segment of each; empty: all 0
  size_t num_whole = 0;             ///< tokens before anything was cut off

  bool is_cut() const { return ids.size() < num_whole; }
};

/// No limit of tokens: nothing is cut.
inline constexpr size_t kWholeText = size_t(-1);

/// How many tokens of two texts stay where both together may have `room`: the longer one is cut first, then
/// both alike (the reference's "longest first").
std::pair<size_t, size_t> cut_longest_first(size_t first, size_t second, size_t room);

/// A text with what `add_special` puts around it, cut at its end to `max_tokens` in all. Control tokens that
/// it spells stay text. Errors: those of `Tokenizer::encode`; kInvalidArgument for less room than what stands
/// around it takes.
Result<TextInput> encode_text(const Tokenizer& tokenizer, std::string_view text,
                              size_t max_tokens = kWholeText, const std::stop_token& stop = {});

/// Two texts that a model reads as one, cut as `cut_longest_first`. Errors: as above; kUnsupported where the
/// vocabulary has no form for pairs.
Result<TextInput> encode_pair(const Tokenizer& tokenizer, std::string_view first, std::string_view second,
                              size_t max_tokens = kWholeText, const std::stop_token& stop = {});

}  // namespace hearth
