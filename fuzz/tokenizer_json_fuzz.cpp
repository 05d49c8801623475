#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "formats/huggingface/tokenizer_json.h"
#include "text/tokenizer/stream_decoder.h"
#include "text/tokenizer/tokenizer.h"
#include "text/unicode/utf8.h"

/// A tokenizer.json, a NUL, a text: reading, creating and encoding end in a value or in an error with a
/// message, ids lie in the vocabulary, and what a stream says is what decoding says.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\0'), input.size());
  const std::string_view text = input.substr(std::min(end + 1, input.size()));
  auto vocabulary = hearth::parse_tokenizer_json(input.substr(0, end));
  if (!vocabulary) {
    CHECK(!vocabulary.error().message.empty() && !vocabulary.error().hint.empty());
    return 0;
  }
  const auto tokenizer = hearth::Tokenizer::create(std::move(*vocabulary));
  if (!tokenizer) {
    CHECK(!tokenizer.error().message.empty());
    return 0;
  }
  for (const bool special : {false, true}) {
    const auto ids = tokenizer->encode(text, {.add_special = special, .parse_special = special});
    if (!ids) continue;
    hearth::StreamDecoder stream(*tokenizer);
    std::string streamed;
    for (const hearth::TokenId id : *ids) {
      CHECK(tokenizer->vocab().contains(id));
      streamed += stream.push(id);
    }
    CHECK(streamed + stream.flush() == hearth::sanitize_utf8(tokenizer->decode(*ids)));
  }
  return 0;
}
