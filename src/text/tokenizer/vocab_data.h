#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/tokenizer/tokenizer_spec.h"

namespace hearth {

/// What a token is; the numbers are GGUF's `tokenizer.ggml.token_type`.
enum class TokenType : uint8_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

/// A vocabulary as a model file holds it, before anything is checked or indexed. Plain data: `formats` fills
/// it, `Tokenizer::create` validates it.
struct VocabData {
  std::string model;                   ///< GGUF's name of the kind: "gpt2", "llama", "t5", "bert", "rwkv"
  std::string pre;                     ///< name of the pre-tokenizer, e.g. "smollm"
  std::vector<std::string> tokens;     ///< [vocab_size], in the file's own spelling
  std::vector<float> scores;           ///< empty or [vocab_size]
  std::vector<TokenType> token_types;  ///< empty (all normal) or [vocab_size]
  std::vector<std::string> merges;     ///< "left right", by rank
  char merge_separator = ' ';          ///< between the two; where parts may hold spaces, no byte of UTF-8
  std::string charsmap;                ///< SentencePiece's compiled normalization, or nothing
  std::optional<TokenId> bos_id, eos_id, eot_id, eom_id, unk_id, pad_id, sep_id;
  std::optional<bool> add_sep;  ///< two texts have this token between them, beside the end of the first
  std::optional<bool> add_bos, add_eos, add_space_prefix, remove_extra_whitespaces;
  std::optional<bool> ignore_merges;  ///< a word that is a token becomes it; absent: what `pre` stands for
  std::vector<TokenId> end_ids;       ///< more tokens after which the model has nothing to say
  std::optional<TokenizerSpec> spec;  ///< the pipeline; absent: what `model` and `pre` stand for
};

}  // namespace hearth
