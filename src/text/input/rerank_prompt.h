#pragma once

#include <stop_token>
#include <string_view>

#include "base/result.h"
#include "text/input/text_input.h"

namespace hearth {

/// The prompt by which Qwen3-Reranker and its kin are asked whether a document answers a query: {query} and
/// {document} stand for these. Files may have one of their own (GGUF's `tokenizer.chat_template.rerank`).
std::string_view default_rerank_template();

/// The prompt's tokens: what the template writes may become control tokens, query and document may not. More
/// than `max_tokens` is cut off the document's end. Errors: those of `Tokenizer::encode`; kInvalidArgument
/// where that leaves nothing of it; kCorruptData for a template without a place for both.
Result<TextInput> encode_rerank_prompt(const Tokenizer& tokenizer, std::string_view source,
                                       std::string_view query, std::string_view document,
                                       size_t max_tokens = kWholeText, const std::stop_token& stop = {});

}  // namespace hearth
