#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "formats/model/model_files.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// What a tokenizer_config.json says beside the pipeline.
struct TokenizerConfig {
  std::optional<std::string> bos, eos, unk, pad, cls, sep, mask;  ///< tokens by their text
  std::optional<bool> add_bos, add_eos;
  /// Steps of tokenizers that have no file to say so.
  std::optional<bool> add_prefix_space, do_lower_case, tokenize_chinese_chars, strip_accents;
  std::optional<uint64_t> extra_ids;  ///< T5's: how many <extra_id_N> it has
  std::string tokenizer_class;
  std::vector<AddedToken> added_tokens;  ///< of added_tokens_decoder
  ChatTemplateSources chat_templates;
};

/// What cannot be used is left out, and said in `log`. Errors: those of parse_json_object.
Result<TokenizerConfig> parse_tokenizer_config(std::string_view text, const LogSink& log);

/// What older folders say in special_tokens_map.json and added_tokens.json, for what the config does not say.
/// Errors: the same.
Status add_special_tokens_map(std::string_view text, TokenizerConfig& config, const LogSink& log);
Status add_added_tokens(std::string_view text, TokenizerConfig& config, const LogSink& log);

/// Gives a vocabulary the roles, and, where its file has no list of added tokens (SentencePiece, tiktoken),
/// the added tokens of the config. Error: kCorruptData for added tokens that contradict the vocabulary.
Status apply_tokenizer_config(const TokenizerConfig& config, VocabData& data);

}  // namespace hearth
