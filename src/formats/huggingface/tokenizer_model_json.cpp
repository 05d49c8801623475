#include "formats/huggingface/tokenizer_model_json.h"

#include <cmath>

#include "base/printable.h"
#include "text/unicode/byte_alphabet.h"

namespace hearth {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxTokens = 1 << 20;
constexpr size_t kMaxMerges = 1 << 21;
// Stands between the parts of a merge that may hold spaces; no byte of UTF-8.
constexpr char kSeparator = '\xff';

/// An object from tokens to ids.
Status read_tokens(const JsonNode& vocab, TokenTable& table) {
  if (!vocab.json().is_object()) return vocab.wrong("an object");
  if (vocab.json().size() > kMaxTokens) return vocab.wrong(fmt::format("one of up to {} tokens", kMaxTokens));
  for (const auto& [text, id] : vocab.json().items()) {
    if (!id.is_number_unsigned()) {
      return JsonNode(id, fmt::format("{}[{}]", vocab.path(), hearth::quoted(text)))
          .wrong("a whole number from 0 on");
    }
    TRY(table.add(text, id.get<uint64_t>(), TokenType::kNormal));
  }
  return {};
}

/// The token of a role, by its text.
Result<std::optional<TokenId>> find_token(const JsonNode& model, std::string_view key) {
  const auto name = model.find(key);
  if (!name) return std::nullopt;
  const auto& vocab = TRY(model.get("vocab")).json();
  const auto found = vocab.find(TRY(name->text()));
  if (found == vocab.end()) return std::nullopt;
  return TokenId(found->get<uint64_t>());
}

Status append_merge(const JsonNode& node, std::vector<std::string>& merges) {
  const Json& json = node.json();
  if (json.is_string()) {
    std::string merge = json.get<std::string>();
    const size_t space = merge.find(' ', 1);
    if (space == std::string::npos || space + 1 == merge.size())
      return node.wrong("two parts with a space between");
    merge[space] = kSeparator;
    merges.push_back(std::move(merge));
    return {};
  }
  const bool is_pair = json.is_array() && json.size() == 2 && json[0].is_string() && json[1].is_string();
  if (!is_pair) return node.wrong("a pair of strings");
  const auto& left = json[0].get_ref<const std::string&>();
  const auto& right = json[1].get_ref<const std::string&>();
  if (left.empty() || right.empty()) return node.wrong("a pair of strings that are not empty");
  merges.push_back(left + kSeparator + right);
  return {};
}

void mark_bytes(TokenTable& table) {
  for (size_t id = 0; id < table.size(); ++id) {
    if (table.has(id) && parse_byte_token(table.text(id))) table.set_type(id, TokenType::kByte);
  }
}

Status read_bpe(const JsonNode& node, TokenTable& table, VocabData& data) {
  TokenModelSpec& spec = data.spec->model;
  data.model = "gpt2";
  spec.kind = TokenModel::kMerges;
  TRY(read_tokens(TRY(node.get("vocab")), table));
  const JsonNode merges = TRY(node.get("merges"));
  if (!merges.json().is_array() || merges.json().size() > kMaxMerges) {
    return merges.wrong(fmt::format("an array of up to {} merges", kMaxMerges));
  }
  data.merge_separator = kSeparator;
  data.merges.reserve(merges.json().size());
  for (size_t i = 0; i < merges.json().size(); ++i) {
    TRY(append_merge(JsonNode(merges.json()[i], fmt::format("{}[{}]", merges.path(), i)), data.merges));
  }
  const auto dropout = node.find("dropout");
  if (dropout && dropout->json() != 0) {
    return fail_hint(ErrorCode::kUnsupported,
                     "set it to null: it is for training, and makes token ids random", "{} is {}",
                     dropout->path(), description_of(dropout->json()));
  }
  spec.byte_fallback = TRY(node.flag("byte_fallback", false));
  spec.ignore_merges = TRY(node.flag("ignore_merges", false));
  spec.fuse_unk = TRY(node.flag("fuse_unk", false));
  spec.inner_prefix = TRY(node.text("continuing_subword_prefix", ""));
  spec.word_suffix = TRY(node.text("end_of_word_suffix", ""));
  data.unk_id = TRY(find_token(node, "unk_token"));
  spec.drop_unk = !data.unk_id;
  if (spec.byte_fallback) mark_bytes(table);
  return {};
}

Status read_unigram(const JsonNode& node, TokenTable& table, VocabData& data) {
  TokenModelSpec& spec = data.spec->model;
  data.model = "t5";
  spec.kind = TokenModel::kUnigram;
  spec.wide_scores = true;
  const JsonNode vocab = TRY(node.get("vocab"));
  if (!vocab.json().is_array() || vocab.json().size() > kMaxTokens) {
    return vocab.wrong(fmt::format("an array of up to {} tokens", kMaxTokens));
  }
  for (size_t id = 0; id < vocab.json().size(); ++id) {
    const Json& piece = vocab.json()[id];
    const bool is_pair =
        piece.is_array() && piece.size() == 2 && piece[0].is_string() && piece[1].is_number();
    if (!is_pair || !std::isfinite(piece[1].get<double>())) {
      return JsonNode(piece, fmt::format("{}[{}]", vocab.path(), id)).wrong("a token and its score");
    }
    TRY(table.add(piece[0].get<std::string>(), id, TokenType::kNormal));
    data.scores.push_back(piece[1].get<float>());
  }
  spec.byte_fallback = TRY(node.flag("byte_fallback", false));
  if (const auto unk = node.find("unk_id")) {
    data.unk_id = TokenId(TRY(unk->number(table.size() == 0 ? 0 : table.size() - 1)));
  }
  if (spec.byte_fallback) mark_bytes(table);
  return {};
}

Status read_words(const JsonNode& node, bool whole, TokenTable& table, VocabData& data) {
  constexpr uint64_t kUsualChars = 100, kMostChars = 1 << 20;
  TokenModelSpec& spec = data.spec->model;
  data.model = "bert";
  spec.kind = whole ? TokenModel::kWordLevel : TokenModel::kWordPiece;
  TRY(read_tokens(TRY(node.get("vocab")), table));
  data.unk_id = TRY(find_token(node, "unk_token"));
  if (whole) return {};
  spec.inner_prefix = TRY(node.text("continuing_subword_prefix", "##"));
  spec.max_word_chars = TRY(node.number("max_input_chars_per_word", kUsualChars, kMostChars));
  return {};
}

/// Files of old leave the type out.
Result<std::string> type_of(const JsonNode& node) {
  if (node.find("type")) return node.type();
  if (node.find("merges")) return "BPE";
  if (TRY(node.get("vocab")).json().is_array()) return "Unigram";
  return node.find("continuing_subword_prefix") ? "WordPiece" : "WordLevel";
}

}  // namespace

Status read_token_model(const JsonNode& node, TokenTable& table, VocabData& data) {
  const std::string type = TRY(type_of(node));
  if (type == "BPE") return read_bpe(node, table, data);
  if (type == "Unigram") return read_unigram(node, table, data);
  if (type == "WordPiece" || type == "WordLevel") return read_words(node, type == "WordLevel", table, data);
  return node.unknown("model", type);
}

}  // namespace hearth
