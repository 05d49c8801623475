#include "formats/huggingface/folder_vocabulary.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/file.h"
#include "base/printable.h"
#include "formats/huggingface/folder_file.h"
#include "formats/huggingface/json_keys.h"
#include "formats/huggingface/json_node.h"
#include "formats/huggingface/sentencepiece_model.h"
#include "formats/huggingface/tiktoken_file.h"
#include "formats/huggingface/tokenizer_config.h"
#include "formats/huggingface/tokenizer_json.h"
#include "formats/huggingface/vocabulary_files.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxModelBytes = size_t(64) << 20;
constexpr const char* kPieceFiles[] = {"sentencepiece.bpe.model", "spiece.model"};
constexpr size_t kMaxConfigBytes = size_t(16) << 20;
constexpr size_t kMaxTemplateBytes = size_t(1) << 20;

Result<TokenizerConfig> read_config(const fs::path& folder, const LogSink& log) {
  const fs::path path = folder / "tokenizer_config.json";
  if (!is_there(path)) return TokenizerConfig();
  return parse_tokenizer_config(TRY(read_file(path, kMaxConfigBytes)), log);
}

/// The one file of tiktoken's, which has the model's name.
std::optional<fs::path> find_tiktoken(const fs::path& folder) {
  std::optional<fs::path> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".tiktoken") continue;
    if (found) return std::nullopt;
    found = entry.path();
  }
  return found;
}

/// model_type of config.json; empty where nothing says it.
std::string read_model_type(const fs::path& folder) {
  constexpr const char* kConfig = "config.json";
  if (!is_there(folder / kConfig)) return {};
  const auto text = read_file(folder / kConfig, kMaxConfigBytes);
  const auto json = text ? parse_json_object(*text, kConfig) : std::unexpected(text.error());
  if (!json) return {};
  return JsonNode(*json, kConfig).text("model_type", "").value_or("");
}

/// What old folders say beside tokenizer_config.json.
Status read_special_tokens(const fs::path& folder, TokenizerConfig& config, const LogSink& log) {
  if (const fs::path path = folder / "special_tokens_map.json"; is_there(path)) {
    TRY(add_special_tokens_map(TRY(read_file(path, kMaxConfigBytes)), config, log));
  }
  const fs::path path = folder / "added_tokens.json";
  return is_there(path) ? add_added_tokens(TRY(read_file(path, kMaxConfigBytes)), config, log) : Status();
}

/// The files that slow tokenizers are made of.
Result<std::optional<VocabData>> read_vocabulary_files(const fs::path& folder, TokenizerConfig& config,
                                                       const LogSink& log) {
  const fs::path vocab = folder / "vocab.json", merges = folder / "merges.txt", words = folder / "vocab.txt";
  const bool has_merges = is_there(vocab) && is_there(merges);
  if (!has_merges && !is_there(words)) return std::nullopt;
  TRY(read_special_tokens(folder, config, log));
  if (!has_merges) {
    const auto json = TRY(word_piece_pipeline(TRY(read_file(words, kMaxModelBytes)), config));
    return TRY(read_tokenizer_json(json, "vocab.txt"));
  }
  const auto json =
      TRY(merges_pipeline(TRY(read_file(vocab, kMaxModelBytes)), TRY(read_file(merges, kMaxModelBytes)),
                          config, read_model_type(folder)));
  return TRY(read_tokenizer_json(json, "vocab.json and merges.txt"));
}

/// SentencePiece's pieces, as classes of their own have them.
Result<std::optional<VocabData>> read_piece_files(const fs::path& folder, TokenizerConfig& config,
                                                  const LogSink& log) {
  for (const char* name : kPieceFiles) {
    if (!is_there(folder / name)) continue;
    TRY(read_special_tokens(folder, config, log));
    return TRY(
        read_pieces(TRY(read_file(folder / name, kMaxModelBytes)), name, config, read_model_type(folder)));
  }
  return std::nullopt;
}

Result<VocabData> read_vocabulary(const fs::path& folder, TokenizerConfig& config, const LogSink& log) {
  if (const fs::path path = folder / "tokenizer.json"; is_there(path)) {
    return parse_tokenizer_json(TRY(read_file(path, kMaxTokenizerJsonBytes)));
  }
  if (const fs::path path = folder / "tokenizer.model"; is_there(path)) {
    const std::string bytes = TRY(read_file(path, kMaxModelBytes));
    if (is_tiktoken_file(bytes)) return parse_tiktoken_file(bytes, config.tokenizer_class);
    return parse_sentencepiece_model(bytes);
  }
  if (auto data = TRY(read_piece_files(folder, config, log))) return std::move(*data);
  if (const auto path = find_tiktoken(folder)) {
    return parse_tiktoken_file(TRY(read_file(*path, kMaxModelBytes)), config.tokenizer_class);
  }
  if (auto data = TRY(read_vocabulary_files(folder, config, log))) return std::move(*data);
  return fail_hint(
      ErrorCode::kUnsupported,
      "put the model's tokenizer.json there (AutoTokenizer.from_pretrained(...).save_pretrained writes "
      "it); token ids need no vocabulary (hearth bench)",
      "text needs a vocabulary, and {} has no tokenizer.json, tokenizer.model, sentencepiece.bpe.model, "
      "spiece.model, "
      "vocab.json with merges.txt, vocab.txt or single *.tiktoken",
      folder.string());
}

}  // namespace

size_t folder_vocabulary_bytes(const fs::path& folder) {
  const auto size = [](const fs::path& path) {
    std::error_code absent;
    const auto bytes = fs::file_size(path, absent);
    return absent ? size_t{0} : size_t(bytes);
  };
  for (const char* name : {"tokenizer.json", "tokenizer.model", kPieceFiles[0], kPieceFiles[1]}) {
    if (is_there(folder / name)) return size(folder / name);
  }
  if (const auto path = find_tiktoken(folder)) return size(*path);
  return size(folder / "vocab.json") + size(folder / "merges.txt") + size(folder / "vocab.txt");
}

Result<VocabData> read_folder_vocabulary(const fs::path& folder, const LogSink& log) {
  TokenizerConfig config = TRY(read_config(folder, log));
  VocabData data = TRY(read_vocabulary(folder, config, log));
  TRY(apply_tokenizer_config(config, data));
  return data;
}

void drop_tokens_beyond(size_t model_size, VocabData& data, const LogSink& log) {
  if (!data.spec || data.tokens.size() <= model_size) return;
  std::vector<AddedToken>& added = data.spec->added_tokens;
  const auto is_beyond = [&](TokenId id) { return size_t(id) >= model_size; };
  const auto num_beyond = size_t(std::ranges::count_if(added, is_beyond, &AddedToken::id));
  const bool frames =
      std::ranges::any_of(data.spec->prefix, is_beyond) || std::ranges::any_of(data.spec->suffix, is_beyond);
  if (num_beyond != data.tokens.size() - model_size || frames) return;  // which is an error, found later
  log(LogLevel::kWarning, fmt::format("{} tokens from {} on are left out: the model has no rows for them",
                                      num_beyond, hearth::quoted(data.tokens[model_size])));
  std::erase_if(added, [&](const AddedToken& token) { return is_beyond(token.id); });
  data.tokens.resize(model_size);
  data.token_types.resize(model_size);
  if (!data.scores.empty()) data.scores.resize(model_size);
  if (std::optional<PairFrame>& pair = data.spec->pair) {
    const auto has_beyond = [&](const std::vector<FrameToken>& tokens) {
      return std::ranges::any_of(tokens, is_beyond, &FrameToken::id);
    };
    if (has_beyond(pair->prefix) || has_beyond(pair->middle) || has_beyond(pair->suffix)) pair.reset();
  }
  for (auto* role : {&data.bos_id, &data.eos_id, &data.unk_id, &data.pad_id}) {
    if (*role && is_beyond(**role)) role->reset();
  }
}

ChatTemplateSources read_folder_chat_templates(const fs::path& folder, const LogSink& log) {
  ChatTemplateSources sources;
  if (auto config = read_config(folder, log)) {
    sources = std::move(config->chat_templates);
  } else {
    log(LogLevel::kWarning, fmt::format("{}; taken as not given", config.error().message));
  }
  const fs::path path = folder / "chat_template.jinja";
  if (!is_there(path)) return sources;
  Result<std::string> text = read_file(path, kMaxTemplateBytes);
  if (text) {
    sources.default_source = std::move(*text);
  } else {
    log(LogLevel::kWarning, fmt::format("{}; taken as not given", text.error().message));
  }
  return sources;
}

}  // namespace hearth
