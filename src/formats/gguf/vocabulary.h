#pragma once

#include "base/log.h"
#include "base/result.h"
#include "formats/gguf/gguf.h"
#include "formats/model/model_files.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// The vocabulary in a GGUF file's `tokenizer.ggml.*` keys: arrays agree in size, token types are known, ids
/// lie in the vocabulary, a merge is two texts. What of it is not used is said in `log` (see MetadataKeys):
/// roles that name no token are left out. Errors: kCorruptData naming the key and the index; kUnsupported
/// where the file holds no vocabulary.
Result<VocabData> read_vocabulary(const GgufFile& file, const LogSink& log = no_log());

/// `tokenizer.chat_template` and `tokenizer.chat_template.NAME`. What is no string is left out, and said in
/// `log`.
ChatTemplateSources read_chat_templates(const GgufFile& file, const LogSink& log = no_log());

}  // namespace hearth
