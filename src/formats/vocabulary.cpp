#include "formats/vocabulary.h"

#include <cmath>

#include "formats/printable.h"

namespace hearth {

namespace {

constexpr size_t kMaxTokens = 1 << 20;  // the largest vocabularies published have some 260,000
constexpr size_t kMaxMerges = 1 << 21;
constexpr size_t kMaxTokenBytes = 1 << 16;
constexpr const char* kDamaged = "the file is damaged or made by a faulty converter: download it again";

/// The array of `key`, which must hold `size` elements where that is given; nothing where the key is absent.
Result<std::optional<MetadataArray>> find_array(const GgufFile& file, std::string_view key, MetadataType type,
                                                std::optional<size_t> size = std::nullopt) {
  const auto array = TRY(file.get_optional<MetadataArray>(key));
  if (!array) return std::nullopt;
  if (array->element_type() != type) {
    return fail_hint(ErrorCode::kCorruptData, kDamaged, "metadata \"{}\" is an array of {}, not of {}", key,
                     to_string(array->element_type()), to_string(type));
  }
  if (size && array->size() != *size) {
    return fail_hint(ErrorCode::kCorruptData, kDamaged, "metadata \"{}\" has {} elements for {} tokens", key,
                     array->size(), *size);
  }
  return array;
}

Status check_count(std::string_view key, size_t count, size_t limit) {
  if (count <= limit) return {};
  return fail_hint(ErrorCode::kResourceLimit, "check where the file comes from: no known model has so many",
                   "metadata \"{}\" has {} elements, above the limit of {}", key, count, limit);
}

Result<MetadataArray> check_tokens(const GgufFile& file) {
  constexpr std::string_view kKey = "tokenizer.ggml.tokens";
  const auto tokens = TRY(find_array(file, kKey, MetadataType::kString));
  if (!tokens) {
    return fail_hint(ErrorCode::kUnsupported, "use a file that holds a text model with its tokenizer",
                     "metadata \"{}\" is missing: the file holds no vocabulary", kKey);
  }
  if (tokens->size() == 0) {
    return fail_hint(ErrorCode::kCorruptData, kDamaged, "metadata \"{}\" is empty", kKey);
  }
  TRY(check_count(kKey, tokens->size(), kMaxTokens));
  size_t index = 0;
  for (const std::string_view token : tokens->strings()) {
    if (token.size() > kMaxTokenBytes) {
      return fail_hint(ErrorCode::kResourceLimit,
                       "check where the file comes from: no known model has such a token",
                       "metadata \"{}\": token {} has {} bytes, above the limit of {}", kKey, index,
                       token.size(), kMaxTokenBytes);
    }
    ++index;
  }
  return *tokens;
}

Result<std::optional<MetadataArray>> check_scores(const GgufFile& file, size_t num_tokens) {
  constexpr std::string_view kKey = "tokenizer.ggml.scores";
  const auto scores = TRY(find_array(file, kKey, MetadataType::kFloat32, num_tokens));
  for (size_t i = 0; scores && i < num_tokens; ++i) {
    if (!std::isnan(*(*scores)[i].as<float>())) continue;
    return fail_hint(ErrorCode::kCorruptData, kDamaged,
                     "metadata \"{}\": the score of token {} is not a number", kKey, i);
  }
  return scores;
}

Result<std::optional<MetadataArray>> check_token_types(const GgufFile& file, size_t num_tokens) {
  constexpr std::string_view kKey = "tokenizer.ggml.token_type";
  const auto types = TRY(find_array(file, kKey, MetadataType::kInt32, num_tokens));
  for (size_t i = 0; types && i < num_tokens; ++i) {
    const int32_t type = *(*types)[i].as<int32_t>();
    if (type < int32_t(TokenType::kNormal) || type > int32_t(TokenType::kByte)) {
      return fail_hint(ErrorCode::kCorruptData, kDamaged,
                       "metadata \"{}\": the type of token {} is {}, not within 1..6", kKey, i, type);
    }
  }
  return types;
}

/// A merge is two texts with one space between; the texts themselves hold none.
Result<std::optional<MetadataArray>> check_merges(const GgufFile& file) {
  constexpr std::string_view kKey = "tokenizer.ggml.merges";
  const auto merges = TRY(find_array(file, kKey, MetadataType::kString));
  if (!merges) return std::nullopt;
  TRY(check_count(kKey, merges->size(), kMaxMerges));
  size_t index = 0;
  for (const std::string_view merge : merges->strings()) {
    const size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos || space + 1 >= merge.size() ||
        merge.size() > 2 * kMaxTokenBytes + 1) {
      return fail_hint(ErrorCode::kCorruptData, kDamaged,
                       "metadata \"{}\": merge {} is {}, not two texts with a space between them", kKey,
                       index, quoted(merge));
    }
    ++index;
  }
  return merges;
}

/// A token id within the vocabulary; nothing where the key is absent.
Result<std::optional<TokenId>> read_id(const GgufFile& file, std::string_view key, size_t num_tokens) {
  const auto id = TRY(file.get_optional<uint32_t>(key));
  if (!id) return std::nullopt;
  if (*id < num_tokens) return TokenId(*id);
  return fail_hint(ErrorCode::kCorruptData, kDamaged,
                   "metadata \"{}\" is {}, but the vocabulary has {} tokens", key, *id, num_tokens);
}

Status read_ids(const GgufFile& file, VocabData& vocab, size_t num_tokens) {
  vocab.bos_id = TRY(read_id(file, "tokenizer.ggml.bos_token_id", num_tokens));
  vocab.eos_id = TRY(read_id(file, "tokenizer.ggml.eos_token_id", num_tokens));
  vocab.eot_id = TRY(read_id(file, "tokenizer.ggml.eot_token_id", num_tokens));
  vocab.eom_id = TRY(read_id(file, "tokenizer.ggml.eom_token_id", num_tokens));
  vocab.unk_id = TRY(read_id(file, "tokenizer.ggml.unknown_token_id", num_tokens));
  vocab.pad_id = TRY(read_id(file, "tokenizer.ggml.padding_token_id", num_tokens));
  return {};
}

Status read_flags(const GgufFile& file, VocabData& vocab) {
  vocab.add_bos = TRY(file.get_optional<bool>("tokenizer.ggml.add_bos_token"));
  vocab.add_eos = TRY(file.get_optional<bool>("tokenizer.ggml.add_eos_token"));
  vocab.add_space_prefix = TRY(file.get_optional<bool>("tokenizer.ggml.add_space_prefix"));
  vocab.remove_extra_whitespaces = TRY(file.get_optional<bool>("tokenizer.ggml.remove_extra_whitespaces"));
  return {};
}

std::vector<std::string> copy_strings(const MetadataArray& array) {
  std::vector<std::string> strings;
  strings.reserve(array.size());
  for (const std::string_view text : array.strings()) strings.emplace_back(text);
  return strings;
}

}  // namespace

Result<VocabData> read_vocabulary(const GgufFile& file) {
  // Everything is checked in place first, so that a bad file costs no memory.
  const MetadataArray tokens = TRY(check_tokens(file));
  const auto scores = TRY(check_scores(file, tokens.size()));
  const auto types = TRY(check_token_types(file, tokens.size()));
  const auto merges = TRY(check_merges(file));
  VocabData vocab;
  vocab.model = TRY(file.get<std::string_view>("tokenizer.ggml.model"));
  vocab.pre = TRY(file.get_optional<std::string_view>("tokenizer.ggml.pre")).value_or("");
  TRY(read_ids(file, vocab, tokens.size()));
  TRY(read_flags(file, vocab));

  vocab.tokens = copy_strings(tokens);
  if (merges) vocab.merges = copy_strings(*merges);
  if (scores) {
    vocab.scores.resize(tokens.size());
    for (size_t i = 0; i < tokens.size(); ++i) vocab.scores[i] = *(*scores)[i].as<float>();
  }
  if (types) {
    vocab.token_types.resize(tokens.size());
    for (size_t i = 0; i < tokens.size(); ++i) vocab.token_types[i] = TokenType(*(*types)[i].as<int32_t>());
  }
  return vocab;
}

Result<ChatTemplateSources> read_chat_templates(const GgufFile& file) {
  constexpr std::string_view kKey = "tokenizer.chat_template", kPrefix = "tokenizer.chat_template.";
  ChatTemplateSources sources;
  const auto source = TRY(file.get_optional<std::string_view>(kKey));
  if (source) sources.default_source = std::string(*source);
  for (const GgufMetadata& entry : file.metadata()) {
    if (!entry.key.starts_with(kPrefix)) continue;
    const std::string_view text = TRY(file.get<std::string_view>(entry.key));
    sources.named.emplace(entry.key.substr(kPrefix.size()), text);
  }
  return sources;
}

}  // namespace hearth
