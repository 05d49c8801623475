#include <algorithm>
#include <cstdint>
#include <string_view>

#include "formats/huggingface/sentencepiece_model.h"
#include "formats/huggingface/vocabulary_files.h"
#include "tokenizer_checks.h"

/// The length of a text in a byte, the text, a tokenizer.model.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view text = input.substr(0, data[0]);
  input.remove_prefix(std::min<size_t>(data[0], input.size()));
  hearth::fuzz::check_vocabulary(hearth::parse_sentencepiece_model(input), text);
  for (const char* name : {"XLMRoberta", "Camembert", "T5"}) {
    hearth::TokenizerConfig config;
    config.tokenizer_class = name;
    hearth::fuzz::check_vocabulary(hearth::read_pieces(input, "spiece.model", config, ""), text);
  }
  return 0;
}
