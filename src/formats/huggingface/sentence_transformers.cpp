#include "formats/huggingface/sentence_transformers.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "formats/huggingface/folder_file.h"
#include "formats/huggingface/json_keys.h"
#include "formats/huggingface/json_node.h"
#include "formats/model/config_keys.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr size_t kMaxBytes = size_t(1) << 20;
constexpr size_t kMaxModules = 64;
constexpr size_t kMaxPrompts = 256;
constexpr size_t kMaxPromptBytes = size_t(1) << 16;
constexpr size_t kMaxLabels = 4096;
constexpr uint64_t kMaxTokens = uint64_t(1) << 30;

constexpr const char* kModules = "modules.json";
constexpr const char* kLengths = "sentence_bert_config.json";
constexpr const char* kPrompts = "config_sentence_transformers.json";

/// A JSON file; nothing where it is not there.
Result<std::optional<Json>> read_json(const CompanionFiles& files, const std::string& name) {
  const std::optional<std::string> text = TRY(files(name));
  if (!text) return std::nullopt;
  return std::optional(TRY(parse_json_file(*text, name)));
}

/// The ways of pooling by the names that newer files have, and the flags that older ones set.
constexpr std::pair<std::string_view, std::optional<Pooling>> kModes[] = {
    {"cls", Pooling::kCls},
    {"mean", Pooling::kMean},
    {"lasttoken", Pooling::kLast},
    {"max", std::nullopt},
    {"mean_sqrt_len_tokens", std::nullopt},
    {"weightedmean", std::nullopt},
};
constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
    {"pooling_mode_cls_token", "cls"},
    {"pooling_mode_mean_tokens", "mean"},
    {"pooling_mode_lasttoken", "lasttoken"},
    {"pooling_mode_max_tokens", "max"},
    {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"},
    {"pooling_mode_weightedmean_tokens", "weightedmean"},
};

std::unexpected<Error> unknown_pooling(const JsonNode& node, std::string_view name) {
  return fail_hint(ErrorCode::kUnsupported, "use a model that pools by cls, mean or lasttoken",
                   "{} pools by {}, which this build does not", node.path(), name);
}

Result<std::vector<std::string>> pooling_names(const JsonNode& node) {
  std::vector<std::string> names;
  if (const auto mode = node.find("pooling_mode")) {
    if (mode->json().is_string()) return std::vector{TRY(mode->text())};
    for (const JsonNode& one : TRY(mode->list(std::size(kModes)))) names.push_back(TRY(one.text()));
    return names;
  }
  for (const auto& [flag, name] : kFlags) {
    if (TRY(node.flag(flag, false))) names.emplace_back(name);
  }
  return names;
}

Status read_pooling(const JsonNode& node, EmbeddingConfig& config) {
  const std::vector<std::string> names = TRY(pooling_names(node));
  if (names.empty()) return unknown_pooling(node, "no way at all");
  if (names.size() > 1) return unknown_pooling(node, "several ways at once");
  const auto* mode =
      std::ranges::find(kModes, names[0], &std::pair<std::string_view, std::optional<Pooling>>::first);
  if (mode == std::end(kModes) || !mode->second) return unknown_pooling(node, names[0]);
  if (!TRY(node.flag("include_prompt", true))) return unknown_pooling(node, "leaving prompts out");
  config.pooling = mode->second;
  return {};
}

/// The folder of a module: a name within the model's own folder.
Result<std::string> module_path(const JsonNode& node) {
  std::string path = TRY(node.text("path", ""));
  const bool is_name = path.find('/') == path.npos && path.find('\\') == path.npos &&
                       path.find('\0') == path.npos && path != "." && path != "..";
  if (!is_name) return TRY(node.get("path")).wrong("the name of a folder beside it");
  return path;
}

/// "sentence_transformers.models.Pooling" -> "Pooling".
std::string_view class_name(std::string_view type) { return type.substr(type.rfind('.') + 1); }

/// The config.json of a module.
Result<Json> read_module_config(const CompanionFiles& files, const std::string& file) {
  std::optional<Json> json = TRY(read_json(files, file));
  if (json) return std::move(*json);
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} names {}, which is not there", kModules, file);
}

/// What of a dense layer is not its weights, which are read with the others.
Status read_dense(const JsonNode& module, const JsonNode& node, EmbeddingConfig& config) {
  constexpr const char* kUseOther =
      "use a model whose vectors are pooled, go through dense layers and are normalized";
  if (!config.pooling || config.normalize.value_or(false)) {
    return fail_hint(ErrorCode::kUnsupported, kUseOther,
                     "{}: a dense layer stands {}, where this build has none", module.path(),
                     config.pooling ? "behind the normalization" : "before the pooling");
  }
  constexpr std::string_view kSentence = "sentence_embedding";
  for (const char* key : {"module_input_name", "module_output_name"}) {
    const std::string name = TRY(node.text(key, kSentence));
    if (name == kSentence) continue;
    return fail_hint(ErrorCode::kUnsupported, kUseOther, "{}{} is {}; a dense layer of {} is supported",
                     node.path(), key, hearth::quoted(name), kSentence);
  }
  if (TRY(node.flag("use_residual", false))) {
    return fail_hint(
        ErrorCode::kUnsupported, kUseOther,
        "{}use_residual is true: a dense layer that is added to what goes into it is not supported",
        node.path());
  }
  const std::string activation = TRY(TRY(node.get("activation_function")).text());
  const std::string_view name = class_name(activation);
  if (name != "Identity" && name != "Tanh") {
    return fail_hint(ErrorCode::kUnsupported, "use a model whose dense layers have one of these",
                     "{}activation_function is {}; Identity and Tanh are supported", node.path(),
                     hearth::quoted(activation));
  }
  config.dense.push_back(name == "Tanh" ? DenseActivation::kTanh : DenseActivation::kIdentity);
  return {};
}

Status read_module(const CompanionFiles& files, const JsonNode& node, EmbeddingConfig& config) {
  const std::string type = TRY(node.type());
  const std::string path = TRY(module_path(node));
  const std::string_view name = class_name(type);
  if (name == "Transformer") return {};
  if (name == "Normalize") {
    config.normalize = true;
    return {};
  }
  if (name != "Pooling" && name != "Dense") return node.unknown("module", type);
  const std::string file = path + "/config.json";
  const Json json = TRY(read_module_config(files, file));
  const JsonNode own(json, file + ": ");
  return name == "Dense" ? read_dense(node, own, config) : read_pooling(own, config);
}

Status read_modules(const CompanionFiles& files, EmbeddingConfig& config) {
  const std::optional<Json> json = TRY(read_json(files, kModules));
  if (!json) return {};
  config.normalize = false;
  for (const JsonNode& node : TRY(JsonNode(*json, kModules).list(kMaxModules))) {
    TRY(read_module(files, node, config));
  }
  return {};
}

Status read_length(const CompanionFiles& files, EmbeddingConfig& config) {
  const std::optional<Json> json = TRY(read_json(files, kLengths));
  if (!json) return {};
  config.max_tokens =
      size_t(TRY(JsonNode(*json, std::string(kLengths) + ": ").number("max_seq_length", 0, kMaxTokens)));
  return {};
}

Status read_prompts(const CompanionFiles& files, EmbeddingConfig& config) {
  const std::optional<Json> json = TRY(read_json(files, kPrompts));
  if (!json) return {};
  const JsonNode file(*json, std::string(kPrompts) + ": ");
  if (const auto prompts = file.find("prompts")) {
    if (!prompts->json().is_object()) return prompts->wrong("an object");
    if (prompts->json().size() > kMaxPrompts) {
      return fail_hint(ErrorCode::kResourceLimit, "check where the file comes from",
                       "{} has {} entries, above the limit of {}", prompts->path(), prompts->json().size(),
                       kMaxPrompts);
    }
    for (const auto& entry : prompts->json().items()) {
      const JsonNode node = TRY(prompts->get(entry.key()));
      std::string text = TRY(node.text());
      if (text.size() > kMaxPromptBytes) return node.wrong("a text of up to 64 KiB");
      config.prompts.push_back({entry.key(), std::move(text)});
    }
  }
  config.default_prompt = TRY(file.text("default_prompt_name", ""));
  const bool is_known = config.default_prompt.empty() ||
                        std::ranges::find(config.prompts, config.default_prompt, &EmbeddingPrompt::name) !=
                            config.prompts.end();
  if (!is_known) return TRY(file.get("default_prompt_name")).wrong("the name of one of its prompts");
  return {};
}

/// Labels by their numbers: {"0": "LABEL_0", "1": "LABEL_1"}.
Status read_labels(const JsonNode& config_file, EmbeddingConfig& config) {
  const auto labels = config_file.find("id2label");
  if (!labels) return {};
  const size_t count = labels->json().size();
  if (!labels->json().is_object() || count > kMaxLabels)
    return labels->wrong("an object of up to 4096 labels");
  for (size_t i = 0; i < count; ++i) {
    config.labels.push_back(TRY(TRY(labels->get(std::to_string(i))).text()));
  }
  return {};
}

/// What config.json says of a cross-encoder: torch's class that its scores go through.
Status read_classifier(const Json& json, EmbeddingConfig& config) {
  const JsonNode file(json, "config.json: ");
  const auto architectures = file.find("architectures");
  constexpr std::string_view kSuffix = "ForSequenceClassification";
  const bool classifies = architectures && architectures->json().is_array() &&
                          !architectures->json().empty() && architectures->json()[0].is_string() &&
                          architectures->json()[0].get_ref<const std::string&>().ends_with(kSuffix);
  if (!classifies) return {};
  config.pooling = Pooling::kRank;
  TRY(read_labels(file, config));
  std::string activation = TRY(file.text("sbert_ce_default_activation_function", ""));
  if (const auto own = file.find("sentence_transformers"))
    activation = TRY(own->text("activation_fn", activation));
  if (!activation.empty()) config.use_activation = class_name(activation) != "Identity";
  return {};
}

}  // namespace

Result<EmbeddingConfig> parse_sentence_transformers(const CompanionFiles& files, const Json& config_json) {
  EmbeddingConfig config;
  TRY(read_modules(files, config));
  TRY(read_length(files, config));
  TRY(read_prompts(files, config));
  TRY(read_classifier(config_json, config));
  return config;
}

Result<EmbeddingConfig> read_sentence_transformers(const fs::path& folder, const Json& config_json) {
  const auto read = [&](const std::string& name) -> Result<std::optional<std::string>> {
    if (folder.empty() || !is_there(folder / name)) return std::nullopt;
    return std::optional(TRY(read_file(folder / name, kMaxBytes)));
  };
  return parse_sentence_transformers(read, config_json);
}

}  // namespace hearth
