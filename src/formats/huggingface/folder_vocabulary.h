#pragma once

#include <filesystem>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "formats/model/model_files.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// The vocabulary of a folder: of tokenizer.json, else of tokenizer.model (SentencePiece's or tiktoken's),
/// else of sentencepiece.bpe.model or spiece.model, else of the only *.tiktoken, else of vocab.json and
/// merges.txt, else of vocab.txt; with the roles of tokenizer_config.json. Errors: kUnsupported where there
/// is none of these; those of their readers.
Result<VocabData> read_folder_vocabulary(const std::filesystem::path& folder, const LogSink& log);

/// Bytes of the files that `read_folder_vocabulary` reads the vocabulary from.
size_t folder_vocabulary_bytes(const std::filesystem::path& folder);

/// Takes away added tokens that a model of `model_size` rows has no row for, as files of models that also see
/// pictures have them; says so in `log`.
void drop_tokens_beyond(size_t model_size, VocabData& data, const LogSink& log);

/// chat_template.jinja, else the templates of tokenizer_config.json. What cannot be read is left out, and
/// said in `log`.
ChatTemplateSources read_folder_chat_templates(const std::filesystem::path& folder, const LogSink& log);

}  // namespace hearth
