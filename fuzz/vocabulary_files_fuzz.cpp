#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "formats/huggingface/tiktoken_file.h"
#include "formats/huggingface/tokenizer_config.h"
#include "formats/huggingface/tokenizer_json.h"
#include "formats/huggingface/vocabulary_files.h"
#include "tokenizer_checks.h"

namespace {

using namespace hearth;

enum Part : size_t { kText, kConfig, kSpecialTokens, kAddedTokens, kVocabulary, kMerges, kNumParts };
using Parts = std::array<std::string_view, kNumParts>;

Result<VocabData> read(const Parts& parts) {
  TokenizerConfig config = TRY(parse_tokenizer_config(parts[kConfig], no_log()));
  TRY(add_special_tokens_map(parts[kSpecialTokens], config, no_log()));
  TRY(add_added_tokens(parts[kAddedTokens], config, no_log()));
  VocabData data;
  if (is_tiktoken_file(parts[kVocabulary])) {
    data = TRY(parse_tiktoken_file(parts[kVocabulary], config.tokenizer_class));
  } else if (parts[kVocabulary].starts_with('{')) {
    const auto json = TRY(merges_pipeline(parts[kVocabulary], parts[kMerges], config, "gpt2"));
    data = TRY(read_tokenizer_json(json, "vocab.json"));
  } else {
    data = TRY(read_tokenizer_json(TRY(word_piece_pipeline(parts[kVocabulary], config)), "vocab.txt"));
  }
  TRY(apply_tokenizer_config(config, data));
  return data;
}

}  // namespace

/// A text, tokenizer_config.json, special_tokens_map.json, added_tokens.json, a vocabulary (vocab.json,
/// vocab.txt or tiktoken's) and merges.txt, with a NUL between.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Parts parts;
  for (std::string_view& part : parts) {
    part = input.substr(0, input.find('\0'));
    input.remove_prefix(std::min(part.size() + 1, input.size()));
  }
  fuzz::check_vocabulary(read(parts), parts[kText]);
  return 0;
}
