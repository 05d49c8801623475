#include <algorithm>
#include <cstdint>
#include <string_view>

#include "formats/huggingface/tokenizer_json.h"
#include "tokenizer_checks.h"

/// A tokenizer.json, a NUL, a text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\0'), input.size());
  const std::string_view text = input.substr(std::min(end + 1, input.size()));
  hearth::fuzz::check_vocabulary(hearth::parse_tokenizer_json(input.substr(0, end)), text);
  return 0;
}
