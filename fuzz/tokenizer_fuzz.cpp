#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "text/tokenizer/stream_decoder.h"
#include "text/tokenizer/tokenizer.h"
#include "text/unicode/utf8.h"

namespace {

using hearth::Origin;
using hearth::TokenId;
using hearth::TokenType;

constexpr const char* kPreTokenizers[] = {"gpt-2",       "smollm",     "llama-bpe",    "qwen2",  "gpt-4o",
                                          "tekken",      "tiny_aya",   "deepseek-llm", "bloom",  "superbpe",
                                          "exaone-moe",  "bailingmoe", "kimi-k2",      "falcon", "chameleon",
                                          "deepseek-v3", "claude",     "afmoe",        "youtu",  "jais-2"};
constexpr const char* kModels[] = {"gpt2", "llama", "gemma4", "bert", "t5", "rwkv", "plamo2", ""};

/// Takes what a case needs off the front of the input; zeros where it has ended.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(data, size) {}

  uint8_t byte() {
    if (rest_.empty()) return 0;
    const uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::string text(size_t max_size) {
    const size_t size = std::min({size_t(byte()), max_size, rest_.size()});
    const auto part = rest_.first(size);
    rest_ = rest_.subspan(size);
    return {part.begin(), part.end()};
  }
  std::string rest() { return {rest_.begin(), rest_.end()}; }

 private:
  std::span<const uint8_t> rest_;
};

hearth::VocabData read_vocabulary(Input& input) {
  hearth::VocabData data;
  const uint8_t flags = input.byte();
  data.model = kModels[input.byte() % std::size(kModels)];
  data.pre = kPreTokenizers[input.byte() % std::size(kPreTokenizers)];
  // A base that makes most texts encodable; the rest is up to the input.
  for (int byte = 0; (flags & 4) != 0 && byte < 256; ++byte) {
    data.tokens.push_back(fmt::format("<0x{:02X}>", byte));
    data.token_types.push_back(TokenType::kByte);
  }
  for (char letter = '!'; (flags & 8) != 0 && letter <= '~'; ++letter) {
    data.tokens.emplace_back(1, letter);
    data.token_types.push_back(TokenType::kNormal);
  }
  for (uint8_t count = input.byte() % 32; count > 0; --count) {
    data.token_types.push_back(TokenType(input.byte() % 8));
    data.tokens.push_back(input.text(24));
    if ((flags & 16) != 0) data.scores.push_back(float(input.byte()));
  }
  if ((flags & 16) != 0) data.scores.resize(data.tokens.size() + (flags >> 7), 0.0f);
  for (uint8_t count = input.byte() % 32; count > 0; --count) data.merges.push_back(input.text(24));
  if ((flags & 32) != 0) data.bos_id = data.eos_id = TokenId(input.byte()) - 1;
  if ((flags & 64) != 0) data.unk_id = TokenId(input.byte());
  data.add_bos = data.add_eos = (flags & 32) != 0;
  return data;
}

void check_stream(const hearth::Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  hearth::StreamDecoder decoder(tokenizer, {.render_special = true});
  std::string text;
  for (const TokenId id : ids) {
    const std::string chunk = decoder.push(id);
    CHECK(hearth::sanitize_utf8(chunk) == chunk);
    text += chunk;
  }
  CHECK(text + decoder.flush() == hearth::sanitize_utf8(tokenizer.decode(ids, true)));
}

}  // namespace

/// A vocabulary and a text, both out of the input: creating and encoding end in a value or an error, streams
/// are valid UTF-8, and content never becomes a control token.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const auto tokenizer = hearth::Tokenizer::create(read_vocabulary(input));
  if (!tokenizer) {
    CHECK(!tokenizer.error().message.empty());
    return 0;
  }
  const uint8_t cut = input.byte();
  const std::string text = input.rest();
  for (const bool special : {false, true}) {
    const auto ids = tokenizer->encode(text, {.add_special = special, .parse_special = special});
    if (!ids) continue;
    for (const TokenId id : *ids) CHECK(tokenizer->vocab().contains(id));
    check_stream(*tokenizer, *ids);
  }
  hearth::OriginText mixed;
  mixed.append(std::string_view(text).substr(0, cut), Origin::kTemplate);
  if (text.size() > cut) mixed.append(std::string_view(text).substr(cut), Origin::kContent);
  (void)tokenizer->encode(mixed, true);
  hearth::OriginText content;
  content.append(text, Origin::kContent);
  const auto ids = tokenizer->encode(content, false);
  for (const TokenId id : ids.value_or(std::vector<TokenId>())) {
    CHECK(tokenizer->vocab().type(id) != TokenType::kControl);
  }
  return 0;
}
