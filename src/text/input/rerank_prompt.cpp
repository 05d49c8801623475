#include "text/input/rerank_prompt.h"

#include <algorithm>

#include "text/origin_text.h"

namespace hearth {
namespace {

constexpr std::string_view kQuery = "{query}", kDocument = "{document}";

/// Appends a part of the template, with the query in its places.
void append_part(std::string_view part, std::string_view query, OriginText& out) {
  while (true) {
    const size_t place = part.find(kQuery);
    out.append(part.substr(0, place), Origin::kTemplate);
    if (place == part.npos) return;
    out.append(query, Origin::kContent);
    part.remove_prefix(place + kQuery.size());
  }
}

}  // namespace

std::string_view default_rerank_template() {
  return "<|im_start|>system\n"
         "Judge whether the Document meets the requirements based on the Query and the Instruct provided. "
         "Note "
         "that the answer can only be \"yes\" or \"no\".<|im_end|>\n"
         "<|im_start|>user\n"
         "<Instruct>: Given a web search query, retrieve relevant passages that answer the query\n"
         "<Query>: {query}\n"
         "<Document>: {document}<|im_end|>\n"
         "<|im_start|>assistant\n"
         "<think>\n\n</think>\n\n";
}

Result<TextInput> encode_rerank_prompt(const Tokenizer& tokenizer, std::string_view source,
                                       std::string_view query, std::string_view document, size_t max_tokens,
                                       const std::stop_token& stop) {
  const size_t place = source.find(kDocument);
  if (place == source.npos || source.find(kQuery) == source.npos) {
    return fail_hint(ErrorCode::kCorruptData, "use another file of the model",
                     "the model's template for ranking has no place for {} and {}", kQuery, kDocument);
  }
  OriginText before, whole;
  append_part(source.substr(0, place), query, before);
  whole = before;
  whole.append(document, Origin::kContent);
  OriginText after;
  append_part(source.substr(place + kDocument.size()), query, after);
  const size_t end = whole.text().size();
  append_part(source.substr(place + kDocument.size()), query, whole);
  TextInput input;
  input.ids = TRY(tokenizer.encode_chat(whole, stop));
  input.num_whole = input.ids.size();
  if (input.num_whole <= max_tokens) return input;

  const size_t num_before = TRY(tokenizer.encode_chat(before, stop)).size();
  const std::vector<TokenId> last = TRY(tokenizer.encode(after, false, stop));
  if (max_tokens <= num_before + last.size()) {
    return fail_hint(ErrorCode::kInvalidArgument, "leave room for more, or shorten the query",
                     "{} tokens have no room for a document beside the {} of the query and its template",
                     max_tokens, num_before + last.size());
  }
  whole.truncate(end);
  input.ids = TRY(tokenizer.encode_chat(whole, stop));
  input.ids.resize(std::min(input.ids.size(), max_tokens - last.size()));
  input.ids.insert(input.ids.end(), last.begin(), last.end());
  return input;
}

}  // namespace hearth
