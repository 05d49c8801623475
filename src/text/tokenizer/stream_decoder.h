#pragma once

#include <string>

#include "text/tokenizer/tokenizer.h"

namespace hearth {

/// Turns ids into text as they come, never emitting part of a code point: bytes wait until their code point
/// is whole. Invalid bytes become U+FFFD, one for each maximal subpart of an ill-formed sequence (the WHATWG
/// decoder, Unicode section 3.9). The chunks joined equal sanitize_utf8(tokenizer.decode(ids)).
/// Keeps a reference to the tokenizer. Not thread-safe.
class StreamDecoder {
 public:
  struct Options {
    bool render_special = false;  ///< spell control tokens out
    bool at_start = true;         ///< drop what encode() puts in front of text, as decode() does
  };

  explicit StreamDecoder(const Tokenizer& tokenizer) : StreamDecoder(tokenizer, Options{}) {}
  StreamDecoder(const Tokenizer& tokenizer, Options options)
      : tokenizer_(&tokenizer), options_(options), cursor_{.started = !options.at_start} {}

  /// The text that is certain after this id; valid UTF-8, often empty. `spell`: this one is spelt out, even
  /// if it is a control token.
  std::string push(TokenId id, bool spell = false);

  /// The end of the ids: what still waits, as U+FFFD. The decoder is then as new.
  std::string flush();

 private:
  const Tokenizer* tokenizer_;
  Options options_;
  DecodeCursor cursor_;
  std::string pending_;  ///< the start of an unfinished code point, at most 3 bytes
};

}  // namespace hearth
