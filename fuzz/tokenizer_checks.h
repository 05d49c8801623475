#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "text/tokenizer/stream_decoder.h"
#include "text/tokenizer/tokenizer.h"
#include "text/unicode/utf8.h"

// What holds of every vocabulary that is read, whatever file it comes from.

namespace hearth::fuzz {

/// Reading, creating and encoding end in a value or in an error with a message, ids lie in the vocabulary,
/// and what a stream says is what decoding says.
inline void check_vocabulary(Result<VocabData> vocabulary, std::string_view text) {
  if (!vocabulary) {
    CHECK(!vocabulary.error().message.empty() && !vocabulary.error().hint.empty());
    return;
  }
  const auto tokenizer = Tokenizer::create(std::move(*vocabulary));
  if (!tokenizer) {
    CHECK(!tokenizer.error().message.empty());
    return;
  }
  for (const bool special : {false, true}) {
    const auto ids = tokenizer->encode(text, {.add_special = special, .parse_special = special});
    if (!ids) continue;
    StreamDecoder stream(*tokenizer);
    std::string streamed;
    for (const TokenId id : *ids) {
      CHECK(tokenizer->vocab().contains(id));
      streamed += stream.push(id);
    }
    CHECK(streamed + stream.flush() == sanitize_utf8(tokenizer->decode(*ids)));
  }
}

}  // namespace hearth::fuzz
