#include "formats/gguf/vocabulary.h"

#include <algorithm>
#include <cmath>

#include "base/printable.h"
#include "formats/gguf/metadata_keys.h"

namespace hearth {

namespace {

constexpr size_t kMaxTokens = 1 << 20;  // the largest vocabularies published have some 260,000
constexpr size_t kMaxMerges = 1 << 21;
constexpr size_t kMaxTokenBytes = 1 << 16;

constexpr std::string_view kModelKey = "tokenizer.ggml.model";

/// The array of strings of `key`; nothing where the key is absent.
Result<std::optional<MetadataArray>> find_strings(const GgufFile& file, std::string_view key) {
  const auto array = TRY(file.get_optional<MetadataArray>(key));
  if (!array || array->size() == 0) return array;
  if (array->element_type() == MetadataType::kString) return array;
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "metadata \"{}\" is an array of {}, not of string",
                   key, to_string(array->element_type()));
}

/// A column of numbers, one for each token; nothing where the key is absent or its array empty.
Result<std::optional<MetadataArray>> find_numbers(const GgufFile& file, std::string_view key,
                                                  size_t num_tokens) {
  const auto array = TRY(file.get_optional<MetadataArray>(key));
  if (!array || array->size() == 0) return std::nullopt;
  if (array->element_type() == MetadataType::kString || array->element_type() == MetadataType::kBool) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "metadata \"{}\" is an array of {}, not of numbers", key,
                     to_string(array->element_type()));
  }
  if (array->size() != num_tokens) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "metadata \"{}\" has {} elements for {} tokens",
                     key, array->size(), num_tokens);
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
  const auto tokens = TRY(find_strings(file, kKey));
  if (!tokens) {
    return fail_hint(ErrorCode::kUnsupported, "use a file that holds a text model with its tokenizer",
                     "metadata \"{}\" is missing: the file holds no vocabulary", kKey);
  }
  if (tokens->size() == 0) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "metadata \"{}\" is empty", kKey);
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

/// [num_tokens] or empty.
Result<std::vector<float>> read_scores(const GgufFile& file, size_t num_tokens) {
  constexpr std::string_view kKey = "tokenizer.ggml.scores";
  std::vector<float> scores;
  const auto array = TRY(find_numbers(file, kKey, num_tokens));
  for (size_t i = 0; array && i < num_tokens; ++i) {
    const float score = (*array)[i].as<float>().value_or(NAN);
    if (std::isnan(score)) {
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                       "metadata \"{}\": the score of token {} is not a number", kKey, i);
    }
    scores.push_back(score);
  }
  return scores;
}

/// [num_tokens] or empty. Numbers that are no type (0 is GGUF's "undefined") are those of normal tokens.
Result<std::vector<TokenType>> read_token_types(const GgufFile& file, size_t num_tokens, const LogSink& log) {
  constexpr std::string_view kKey = "tokenizer.ggml.token_type";
  std::vector<TokenType> types;
  const auto array = TRY(find_numbers(file, kKey, num_tokens));
  size_t num_unknown = 0, first_unknown = 0;
  for (size_t i = 0; array && i < num_tokens; ++i) {
    const int64_t type = (*array)[i].as<int64_t>().value_or(0);
    const bool is_known = type >= int64_t(TokenType::kNormal) && type <= int64_t(TokenType::kByte);
    types.push_back(is_known ? TokenType(type) : TokenType::kNormal);
    if (!is_known && num_unknown++ == 0) first_unknown = i;
  }
  if (num_unknown > 0) {
    log(LogLevel::kWarning, fmt::format("{} gives {} tokens, the first of them {}, a type that is none; "
                                        "taken as normal",
                                        kKey, num_unknown, first_unknown));
  }
  return types;
}

/// A merge is two texts with one space between; the texts themselves hold none.
Result<std::optional<MetadataArray>> check_merges(const GgufFile& file) {
  constexpr std::string_view kKey = "tokenizer.ggml.merges";
  const auto merges = TRY(find_strings(file, kKey));
  if (!merges || merges->size() == 0) return std::nullopt;
  TRY(check_count(kKey, merges->size(), kMaxMerges));
  size_t index = 0;
  for (const std::string_view merge : merges->strings()) {
    const size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos || space + 1 >= merge.size() ||
        merge.size() > 2 * kMaxTokenBytes + 1) {
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                       "metadata \"{}\": merge {} is {}, not two texts with a space between them", kKey,
                       index, quoted(merge));
    }
    ++index;
  }
  return merges;
}

/// What only one kind of tokenizer uses is not to keep another from being read.
template <typename T>
Result<T> needed_by(std::string_view model, bool is_needed, Result<T> read, const LogSink& log) {
  if (read || is_needed) return read;
  log(LogLevel::kWarning,
      fmt::format("{}; a tokenizer of kind {} does without", read.error().message, quoted(model)));
  return T{};
}

/// A token id within the vocabulary; nothing where the key is absent or names no token.
std::optional<TokenId> read_id(const MetadataKeys& keys, std::string_view key, size_t num_tokens) {
  const auto id = keys.usable<uint32_t>(key);
  if (!id || *id < num_tokens) return id;
  keys.note(key, fmt::format("is {}, but the vocabulary has {} tokens", *id, num_tokens));
  return std::nullopt;
}

void read_ids(const MetadataKeys& keys, VocabData& vocab) {
  const size_t num_tokens = vocab.tokens.size();
  vocab.bos_id = read_id(keys, "bos_token_id", num_tokens);
  vocab.eos_id = read_id(keys, "eos_token_id", num_tokens);
  vocab.eot_id = read_id(keys, "eot_token_id", num_tokens);
  vocab.eom_id = read_id(keys, "eom_token_id", num_tokens);
  vocab.unk_id = read_id(keys, "unknown_token_id", num_tokens);
  vocab.pad_id = read_id(keys, "padding_token_id", num_tokens);
  vocab.sep_id = read_id(keys, "seperator_token_id", num_tokens);  // GGUF's spelling
  if (vocab.model != "bert") return;
  // What stands around a text has names of its own there.
  if (!vocab.bos_id) vocab.bos_id = read_id(keys, "cls_token_id", num_tokens);
  if (!vocab.eos_id) vocab.eos_id = vocab.sep_id;
}

/// Roles that nothing here uses, such as those of fill-in-the-middle, may as well be wrong.
void check_other_ids(const GgufFile& file, const MetadataKeys& keys, size_t num_tokens) {
  constexpr std::string_view kPrefix = "tokenizer.ggml.", kSuffix = "_token_id";
  static constexpr std::string_view kRead[] = {"bos", "eos", "eot", "eom", "unknown", "padding", "seperator"};
  for (const GgufMetadata& entry : file.metadata()) {
    if (!entry.key.starts_with(kPrefix) || !entry.key.ends_with(kSuffix)) continue;
    const std::string_view key = entry.key.substr(kPrefix.size());
    const std::string_view role = key.substr(0, key.size() - std::min(key.size(), kSuffix.size()));
    if (std::ranges::find(kRead, role) == std::end(kRead)) read_id(keys, key, num_tokens);
  }
}

void read_flags(const MetadataKeys& keys, VocabData& vocab) {
  vocab.add_bos = keys.usable<bool>("add_bos_token");
  vocab.add_eos = keys.usable<bool>("add_eos_token");
  vocab.add_sep = keys.usable<bool>("add_sep_token");
  vocab.add_space_prefix = keys.usable<bool>("add_space_prefix");
  // Files of merges say so wrongly: what wrote them left the key at its default.
  if (vocab.model == "t5") vocab.remove_extra_whitespaces = keys.usable<bool>("remove_extra_whitespaces");
}

/// SentencePiece's compiled normalization; nothing where the key is absent.
Result<std::string> read_charsmap(const GgufFile& file) {
  constexpr std::string_view kKey = "tokenizer.ggml.precompiled_charsmap";
  constexpr size_t kMaxBytes = 1 << 24;
  std::string bytes;
  const auto array = TRY(file.get_optional<MetadataArray>(kKey));
  if (!array || array->size() == 0) return bytes;
  if (array->element_type() != MetadataType::kUint8 && array->element_type() != MetadataType::kInt8) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "metadata \"{}\" is an array of {}, not of bytes",
                     kKey, to_string(array->element_type()));
  }
  TRY(check_count(kKey, array->size(), kMaxBytes));
  bytes.reserve(array->size());
  for (size_t i = 0; i < array->size(); ++i) bytes += char((*array)[i].as<int64_t>().value_or(0));
  return bytes;
}

std::vector<std::string> copy_strings(const MetadataArray& array) {
  std::vector<std::string> strings;
  strings.reserve(array.size());
  for (const std::string_view text : array.strings()) strings.emplace_back(text);
  return strings;
}

}  // namespace

Result<VocabData> read_vocabulary(const GgufFile& file, const LogSink& log) {
  const MetadataKeys keys(file, "tokenizer.ggml", log);
  // Everything is checked in place first, so that a bad file costs no memory.
  const MetadataArray tokens = TRY(check_tokens(file));
  VocabData vocab;
  vocab.model = TRY(file.get<std::string_view>(kModelKey));
  const bool has_scores = vocab.model == "llama" || vocab.model == "t5";
  const bool has_merges = vocab.model == "gpt2" || vocab.model == "gemma4";
  const auto merges = TRY(needed_by(vocab.model, has_merges, check_merges(file), log));
  vocab.scores = TRY(needed_by(vocab.model, has_scores, read_scores(file, tokens.size()), log));
  vocab.charsmap = TRY(needed_by(vocab.model, vocab.model == "t5", read_charsmap(file), log));
  vocab.token_types = TRY(read_token_types(file, tokens.size(), log));
  vocab.pre = keys.usable<std::string_view>("pre").value_or("");
  vocab.tokens = copy_strings(tokens);
  if (merges) vocab.merges = copy_strings(*merges);
  read_ids(keys, vocab);
  check_other_ids(file, keys, tokens.size());
  read_flags(keys, vocab);
  return vocab;
}

ChatTemplateSources read_chat_templates(const GgufFile& file, const LogSink& log) {
  constexpr std::string_view kDefault = "chat_template", kPrefix = "tokenizer.chat_template.";
  const MetadataKeys keys(file, "tokenizer", log);
  ChatTemplateSources sources;
  const auto source = keys.usable<std::string_view>(kDefault);
  if (source && source->empty()) {
    keys.note(kDefault, "is empty");
  } else if (source) {
    sources.default_source = *source;
  }
  for (const GgufMetadata& entry : file.metadata()) {
    if (!entry.key.starts_with(kPrefix)) continue;
    const auto text = entry.value.as<std::string_view>();
    const std::string_view name = entry.key.substr(kPrefix.size());
    if (text) {
      sources.named.emplace(name, *text);
    } else {
      log(LogLevel::kWarning, fmt::format("the chat template {} is {}, not a string; taken as not given",
                                          quoted(name), describe(entry.value)));
    }
  }
  return sources;
}

}  // namespace hearth
