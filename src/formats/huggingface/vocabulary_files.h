#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "formats/huggingface/tokenizer_config.h"

namespace hearth {

// Folders without a tokenizer.json say what a tokenizer does by its class and its options. Both are put
// together here to what a tokenizer.json would say, as transformers does when it converts such a folder.

/// Of vocab.json and merges.txt: byte-level BPE. `model_type`, of config.json, counts where no class is
/// named. Errors: kUnsupported for a class that this build does not know; kCorruptData.
Result<nlohmann::json> merges_pipeline(std::string_view vocab, std::string_view merges,
                                       const TokenizerConfig& config, std::string_view model_type);

/// Of a SentencePiece model under the names that classes of their own have for it, XLM-RoBERTa's and
/// CamemBERT's (sentencepiece.bpe.model) and T5's (spiece.model): special tokens stand before or behind the
/// pieces, and ids follow. `model_type` as above. Errors: the same; those of `parse_sentencepiece_model`.
Result<VocabData> read_pieces(std::string_view bytes, std::string_view file, const TokenizerConfig& config,
                              std::string_view model_type);

/// Of vocab.txt: WordPiece as BERT has it. Errors: the same.
Result<nlohmann::json> word_piece_pipeline(std::string_view vocab, const TokenizerConfig& config);

}  // namespace hearth
