#pragma once

#include "base/result.h"
#include "formats/huggingface/json_node.h"
#include "formats/huggingface/token_table.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// The "model" of a tokenizer.json: its tokens go to `table`, scores, merges, roles and `data.spec->model` to
/// `data`. Errors: kCorruptData and kResourceLimit naming the place; kUnsupported for a kind or an option
/// that this build does not know.
Status read_token_model(const JsonNode& node, TokenTable& table, VocabData& data);

}  // namespace hearth
