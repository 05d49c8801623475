#include "formats/huggingface/tokenizer_config.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "base/printable.h"
#include "formats/huggingface/json_keys.h"
#include "formats/huggingface/json_node.h"
#include "formats/huggingface/token_table.h"
#include "formats/model/config_keys.h"

namespace hearth {
namespace {

constexpr const char* kFile = "tokenizer_config.json";
constexpr size_t kMaxTemplates = 64;
constexpr uint64_t kMaxExtraIds = 4096;

template <typename T>
std::optional<T> usable(Result<T> read, const LogSink& log) {
  if (read) return std::move(*read);
  log(LogLevel::kWarning, fmt::format("{}; taken as not given", read.error().message));
  return std::nullopt;
}

/// A token: its text, or an object with its content.
std::optional<std::string> read_token(const JsonNode& file, std::string_view key, const LogSink& log) {
  const auto node = file.find(key);
  if (!node) return std::nullopt;
  const auto content = node->find("content");
  return usable(content ? content->text() : node->text(), log);
}

/// Those that are not known yet.
void read_roles(const JsonNode& file, TokenizerConfig& config, const LogSink& log) {
  const std::pair<const char*, std::optional<std::string>*> kRoles[] = {
      {"bos_token", &config.bos},  {"eos_token", &config.eos}, {"unk_token", &config.unk},
      {"pad_token", &config.pad},  {"cls_token", &config.cls}, {"sep_token", &config.sep},
      {"mask_token", &config.mask}};
  for (const auto& [key, role] : kRoles) {
    if (!*role) *role = read_token(file, key, log);
  }
}

std::optional<bool> read_flag(const JsonNode& file, std::string_view key, const LogSink& log) {
  return file.find(key) ? usable(file.flag(key, false), log) : std::nullopt;
}

Result<AddedToken> read_added(const JsonNode& list, const std::string& id) {
  AddedToken token;
  const auto end = std::from_chars(id.data(), id.data() + id.size(), token.id);
  if (end.ec != std::errc() || end.ptr != id.data() + id.size() || token.id < 0) {
    return fail(ErrorCode::kCorruptData, "{}: {} is no token id", list.path(), hearth::quoted(id));
  }
  const JsonNode node = TRY(list.get(id));
  token.content = TRY(TRY(node.get("content")).text());
  token.special = TRY(node.flag("special", false));
  token.lstrip = TRY(node.flag("lstrip", false));
  token.rstrip = TRY(node.flag("rstrip", false));
  token.single_word = TRY(node.flag("single_word", false));
  return token;
}

void read_templates(const JsonNode& file, ChatTemplateSources& sources, const LogSink& log) {
  const auto node = file.find("chat_template");
  if (!node) return;
  if (!node->json().is_array()) {
    sources.default_source = usable(node->text(), log);
    return;
  }
  const auto list = usable(node->list(kMaxTemplates), log);
  if (!list) return;
  for (const JsonNode& one : *list) {
    const auto name = usable(one.text("name", ""), log), source = usable(one.text("template", ""), log);
    if (!name || !source || source->empty()) continue;
    if (*name == "default") {
      sources.default_source = *source;
    } else {
      sources.named.emplace(*name, *source);
    }
  }
}

std::optional<TokenId> find_id(const std::optional<std::string>& text, const VocabData& data) {
  if (!text) return std::nullopt;
  const auto found = std::ranges::find(data.tokens, *text);
  if (found == data.tokens.end()) return std::nullopt;
  return TokenId(found - data.tokens.begin());
}

/// What the file of the vocabulary does not list itself.
Status add_tokens(const std::vector<AddedToken>& added, VocabData& data) {
  TokenTable table(kFile);
  for (size_t id = 0; id < data.tokens.size(); ++id) {
    const TokenType type = data.token_types[id];
    if (type == TokenType::kUnused && data.tokens[id].empty()) continue;
    TRY(table.add(std::move(data.tokens[id]), id, type));
  }
  for (const AddedToken& token : added) {
    const auto id = size_t(token.id);
    const TokenType type = token.special ? TokenType::kControl : TokenType::kUserDefined;
    if (!table.has(id)) {
      TRY(table.add(token.content, id, type));
    } else if (table.type(id) != TokenType::kUnknown && table.text(id) == token.content) {
      table.set_type(id, type);
    }
  }
  TRY(table.move_to(data));
  if (!data.scores.empty()) data.scores.resize(data.tokens.size());
  return {};
}

}  // namespace

Result<TokenizerConfig> parse_tokenizer_config(std::string_view text, const LogSink& log) {
  const nlohmann::json json = TRY(parse_json_object(text, kFile));
  const JsonNode file(json, std::string(kFile) + ": ");
  TokenizerConfig config;
  read_roles(file, config, log);
  config.add_bos = read_flag(file, "add_bos_token", log);
  config.add_eos = read_flag(file, "add_eos_token", log);
  config.add_prefix_space = read_flag(file, "add_prefix_space", log);
  config.do_lower_case = read_flag(file, "do_lower_case", log);
  config.tokenize_chinese_chars = read_flag(file, "tokenize_chinese_chars", log);
  config.strip_accents = read_flag(file, "strip_accents", log);
  if (file.find("extra_ids")) config.extra_ids = usable(file.number("extra_ids", 0, kMaxExtraIds), log);
  config.tokenizer_class = usable(file.text("tokenizer_class", ""), log).value_or("");
  if (const auto list = file.find("added_tokens_decoder"); list && list->json().is_object()) {
    for (const auto& [id, token] : list->json().items()) {
      if (auto read = usable(read_added(*list, id), log)) config.added_tokens.push_back(std::move(*read));
    }
  }
  read_templates(file, config.chat_templates, log);
  return config;
}

Status add_special_tokens_map(std::string_view text, TokenizerConfig& config, const LogSink& log) {
  const std::string name = "special_tokens_map.json";
  const nlohmann::json json = TRY(parse_json_object(text, name));
  read_roles(JsonNode(json, name + ": "), config, log);
  return {};
}

Status add_added_tokens(std::string_view text, TokenizerConfig& config, const LogSink& log) {
  constexpr uint64_t kMostIds = 1 << 20;
  const std::string name = "added_tokens.json";
  const nlohmann::json json = TRY(parse_json_object(text, name));
  for (const auto& [content, id] : json.items()) {
    if (std::ranges::find(config.added_tokens, content, &AddedToken::content) != config.added_tokens.end())
      continue;
    const auto read =
        usable(JsonNode(id, fmt::format("{}: {}", name, hearth::quoted(content))).number(kMostIds), log);
    const bool special = std::ranges::any_of(
        std::initializer_list<const std::optional<std::string>*>{
            &config.bos, &config.eos, &config.unk, &config.pad, &config.cls, &config.sep, &config.mask},
        [&](const auto* role) { return *role == content; });
    if (read) config.added_tokens.push_back({.id = TokenId(*read), .content = content, .special = special});
  }
  return {};
}

Status apply_tokenizer_config(const TokenizerConfig& config, VocabData& data) {
  if (!data.spec) TRY(add_tokens(config.added_tokens, data));
  const auto take = [&](std::optional<TokenId>& role, const std::optional<std::string>& text) {
    if (const auto id = find_id(text, data)) role = id;
  };
  take(data.bos_id, config.bos);
  take(data.eos_id, config.eos);
  take(data.pad_id, config.pad);
  if (!data.spec) {
    take(data.unk_id, config.unk);
    if (config.add_bos) data.add_bos = config.add_bos;
    if (config.add_eos) data.add_eos = config.add_eos;
    return {};
  }
  // What tokenizer.json puts around a text counts; where it has nothing, some rely on these.
  TokenizerSpec& spec = *data.spec;
  if (spec.prefix.empty() && config.add_bos.value_or(false) && data.bos_id) spec.prefix = {*data.bos_id};
  if (spec.suffix.empty() && config.add_eos.value_or(false) && data.eos_id) spec.suffix = {*data.eos_id};
  data.add_bos = data.bos_id && !spec.prefix.empty() && spec.prefix.front() == *data.bos_id;
  data.add_eos = data.eos_id && !spec.suffix.empty() && spec.suffix.back() == *data.eos_id;
  return {};
}

}  // namespace hearth
