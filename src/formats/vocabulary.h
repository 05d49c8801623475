#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "formats/gguf.h"
#include "text/vocab_data.h"

namespace hearth {

/// The vocabulary in a GGUF file's `tokenizer.ggml.*` keys: arrays agree in size, token types are known, ids
/// lie in the vocabulary, a merge is two texts. Errors: kCorruptData naming the key and the index;
/// kUnsupported where the file holds no vocabulary.
Result<VocabData> read_vocabulary(const GgufFile& file);

/// Sources of the chat templates in a file.
struct ChatTemplateSources {
  std::optional<std::string> default_source;  ///< tokenizer.chat_template
  std::map<std::string, std::string> named;   ///< tokenizer.chat_template.NAME by NAME: "tool_use"
};

/// Error: kCorruptData naming a key that holds no string.
Result<ChatTemplateSources> read_chat_templates(const GgufFile& file);

}  // namespace hearth
