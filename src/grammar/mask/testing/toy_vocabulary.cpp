#include "grammar/mask/testing/toy_vocabulary.h"

#include "base/check.h"
#include "grammar/control_token.h"

namespace hearth::grammar::testing {
namespace {

constexpr const char* kText =
    "{\"name\": \"Anna\", \"age\": 31,\n  \"tags\": [\"a b\", \"c\", true, false, null, -17],\n\t\"path\": "
    "\"C:\\\\temp\\n\", \"nom\": \"Fran\xC3\xA7ois\"}, [[],{}],\"\",\"x\":{\"y\":[1, 2,3]}}]} the quick "
    "brown fox "
    "jumps over the lazy dog \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x98\x80\xF0\x9F\x9A\x80 "
    "\xD0\xBF\xD1\x80\xD0\xB8 "
    "name\"name\":\"name\": namesnumber12345678901234567890 "
    "\"},{\"name\":\"\"],\"items\":[{\"id\":1},{\"id\":2}]";

}  // namespace

ToyVocabulary toy_vocabulary(size_t num_tokens, uint32_t seed) {
  std::mt19937 random(seed);
  const std::string text = kText;
  ToyVocabulary vocabulary;
  std::vector<std::string>& bytes = vocabulary.bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.emplace_back(1, char(byte));
  for (size_t size = 2; size <= 80; size = size * 3 / 2 + 1) bytes.emplace_back(size, ' ');
  bytes.emplace_back("\n\n");
  bytes.emplace_back("\n  ");
  bytes.emplace_back("");
  while (bytes.size() + 4 < num_tokens) {
    const size_t size = 1 + random() % (random() % 8 == 0 ? 24 : 6);
    std::string token = text.substr(random() % (text.size() - size), size);
    if (random() % 32 == 0) token += char(random() % 255);  // not 0xFF, which starts a control token
    bytes.push_back(std::move(token));
  }
  vocabulary.end_id = TokenId(bytes.size());
  for (int i = 0; i < 3; ++i) {
    const auto control = control_token_bytes(TokenId(bytes.size()));
    bytes.emplace_back(control.begin(), control.end());
  }
  bytes.emplace_back("");
  auto table = TokenTable::create(bytes, {vocabulary.end_id});
  CHECK(table.has_value());
  vocabulary.table = *table;
  return vocabulary;
}

std::vector<uint64_t> brute_force_mask(Automaton& automaton, StateId state, const TokenTable& tokens) {
  std::vector<uint64_t> words(tokens.num_words());
  for (size_t id = 0; id < tokens.num_tokens(); ++id) {
    StateId at = state;
    for (const char byte : tokens.bytes(TokenId(id))) {
      at = automaton.step(at, uint8_t(byte));
      if (at == kDeadState) break;
    }
    if (at != kDeadState && !tokens.bytes(TokenId(id)).empty()) words[id / 64] |= uint64_t(1) << (id % 64);
  }
  return words;
}

}  // namespace hearth::grammar::testing
