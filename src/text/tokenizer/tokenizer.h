#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/origin_text.h"
#include "text/tokenizer/vocab.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Where in a text the next token stands.
struct DecodeCursor {
  bool started = false;    ///< text came before it
  bool space_due = false;  ///< of vocabularies that mark the ends of words: one has ended
  TokenId previous = -1;
};

/// Text <-> token ids for one vocabulary, by the pipeline that its files describe: tokens that stand for
/// themselves, normalizer, pre-tokenizer, model; and back by a decoder. Immutable after create, safe to share
/// between threads; movable. Text is bytes: it need not be valid UTF-8.
class Tokenizer {
 public:
  /// Longest text, in bytes, that encode() takes.
  static constexpr size_t kMaxTextSize = size_t(256) << 20;

  struct EncodeOptions {
    bool add_special = true;     ///< bos in front, eos behind, where the vocabulary asks for them
    bool parse_special = false;  ///< the spelling of a control token in the text becomes that token
  };

  /// Takes an untrusted vocabulary. Errors: kCorruptData for one that contradicts itself (field and index are
  /// named), kUnsupported for a model or pre-tokenizer that this build does not know.
  static Result<Tokenizer> create(VocabData data);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// Bytes that a byte-level vocabulary lacks are left out. Error: kResourceLimit for text above
  /// kMaxTextSize, or with a single word above 16 MiB;
  /// kCancelled soon after `stop` was asked for, as below.
  Result<std::vector<TokenId>> encode(std::string_view text, EncodeOptions options,
                                      const std::stop_token& stop = {}) const;

  /// Control tokens are found only where their whole spelling lies in one range of the template. The text
  /// between them is one string, so merges run across the borders of origin.
  Result<std::vector<TokenId>> encode(const OriginText& text, bool add_special,
                                      const std::stop_token& stop = {}) const;

  /// A prompt that a chat template wrote: with one bos in front where the vocabulary asks for it, whether or
  /// not the template writes it, and without the eos that ends a text.
  Result<std::vector<TokenId>> encode_chat(const OriginText& text, const std::stop_token& stop = {}) const;

  /// What `add_special` puts around a text, around the tokens of one.
  std::vector<TokenId> frame(std::vector<TokenId> ids) const;
  size_t num_frame_tokens() const;
  /// What stands around two texts that a model reads as one; null where the vocabulary has no form for them.
  const PairFrame* pair_frame() const;

  /// The bytes that the ids stand for, exact: they need not be valid UTF-8. Control tokens are left out, or
  /// spelt out where `render_special`. Ids out of range stand for nothing. Takes away the space that
  /// encode() puts in front of text.
  std::string decode(std::span<const TokenId> ids, bool render_special = false) const;

  /// The bytes of text that a token stands for, wherever it stands; empty for control and unknown tokens and
  /// for ids out of range. Views into the tokenizer.
  std::string_view token_bytes(TokenId id) const;

  /// token_bytes(), or the spelling of a control token where `render_special`.
  std::string_view piece(TokenId id, bool render_special = false) const;

  /// The same for a token that a text starts with: without the space that encode() put there.
  std::string_view first_bytes(TokenId id) const;

  /// Appends what decode() makes of a token at a place, and moves the cursor behind it.
  void append_text(TokenId id, DecodeCursor& cursor, bool render_special, std::string& out) const;

  /// Whether the token is no text: it steers the model (bos, end of turn, ...).
  bool is_control(TokenId id) const;
  bool is_end_of_generation(TokenId id) const;

  const Vocab& vocab() const;

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<const State> state);

  std::unique_ptr<const State> state_;
};

}  // namespace hearth
