#include "server/models/model_info.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "api/prompt/completion_prompts.h"
#include "formats/gguf/gguf.h"
#include "formats/open_model_files.h"
#include "quant/dtype.h"
#include "text/template/reasoning_format.h"
#include "text/template/tool_format.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::server {
namespace {

using api::Json;

/// Longest array of metadata that is told without being asked for.
constexpr size_t kShownElements = 5;
constexpr std::string_view kTemplateKey = "tokenizer.chat_template";

/// The mixtures of types that files are known by: `general.file_type`.
constexpr std::array<std::string_view, 39> kFileTypes = {
    "F32",    "F16",    "Q4_0",   "Q4_1",    "",       "",       "",       "Q8_0",   "Q5_0",  "Q5_1",
    "Q2_K",   "Q3_K_S", "Q3_K_M", "Q3_K_L",  "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K",  "IQ2_XXS",
    "IQ2_XS", "Q2_K_S", "IQ3_XS", "IQ3_XXS", "IQ1_S",  "IQ4_NL", "IQ3_S",  "IQ3_M",  "IQ2_S", "IQ2_M",
    "IQ4_XS", "IQ1_M",  "BF16",   "",        "",       "",       "TQ1_0",  "TQ2_0",  "MXFP4"};

template <typename Value>
Json scalar_json(const Value& value) {
  if (const auto flag = value.template as<bool>()) return *flag;
  if (const auto integer = value.template as<int64_t>()) return *integer;
  if (const auto large = value.template as<uint64_t>()) return *large;
  if (const auto text = value.template as<std::string_view>()) return *text;
  if (const auto number = value.template as<double>(); number && std::isfinite(*number)) return *number;
  return nullptr;
}

Json value_json(const MetadataValue& value, bool verbose) {
  const auto array = value.as<MetadataArray>();
  if (!array) return scalar_json(value);
  Json elements = Json::array();
  if (array->size() > kShownElements && !verbose) return elements;
  for (const std::string_view text : array->strings()) elements.push_back(text);
  if (array->element_type() == MetadataType::kString) return elements;
  for (size_t i = 0; i < array->size(); ++i) elements.push_back(scalar_json((*array)[i]));
  return elements;
}

/// By how many bytes are of it.
std::string main_type(const std::map<std::string, uint64_t>& bytes_by_type) {
  const auto most = std::ranges::max_element(bytes_by_type, {}, [](const auto& one) { return one.second; });
  return most == bytes_by_type.end() ? std::string("unknown") : most->first;
}

struct Totals {
  uint64_t num_parameters = 0;
  std::map<std::string, uint64_t> bytes_by_type;
};

Totals totals_of(const ModelFiles& files) {
  Totals totals;
  for (const NamedTensor& tensor : files.stored_tensors()) {
    totals.num_parameters += uint64_t(tensor.num_parameters);
    totals.bytes_by_type[std::string(dtype_info(tensor.view.dtype).name)] += tensor.view.data.size();
  }
  return totals;
}

Totals totals_of(const GgufFile& file) {
  Totals totals;
  for (const GgufTensor& tensor : file.tensors()) {
    totals.num_parameters += uint64_t(tensor.shape.size());
    totals.bytes_by_type[tensor.type_name()] += tensor.bytes.value_or(0);
  }
  return totals;
}

std::string quantization_of(const GgufFile& file, const Totals& totals) {
  const MetadataValue* type = file.find("general.file_type");
  const auto number = type == nullptr ? std::nullopt : type->as<uint32_t>();
  const bool is_known = number && *number < kFileTypes.size() && !kFileTypes[*number].empty();
  return is_known ? std::string(kFileTypes[*number]) : main_type(totals.bytes_by_type);
}

void add_tensors(const GgufFile& file, Json& tensors) {
  for (const GgufTensor& tensor : file.tensors()) {
    Json shape = Json::array();
    // As the file has them: fastest first.
    for (size_t i = tensor.shape.rank(); i > 0; --i) shape.push_back(tensor.shape[i - 1]);
    tensors.push_back({{"name", tensor.name}, {"type", tensor.type_name()}, {"shape", std::move(shape)}});
  }
}

Result<ModelInfo> read_gguf(const std::filesystem::path& path, bool verbose) {
  const GgufFile file = TRY(GgufFile::open(path));
  const Totals totals = totals_of(file);
  ModelInfo info;
  info.details.format = "gguf";
  info.details.parameter_size = parameter_size_text(totals.num_parameters);
  info.details.quantization_level = quantization_of(file, totals);
  for (const GgufMetadata& entry : file.metadata()) {
    if (entry.key == "general.name") continue;
    if (entry.key == kTemplateKey) {
      info.chat_template = entry.value.as<std::string_view>().value_or("");
      continue;
    }
    info.keys[std::string(entry.key)] = value_json(entry.value, verbose);
  }
  info.keys["general.parameter_count"] = totals.num_parameters;
  if (const auto family = file.get_optional<std::string_view>("general.architecture"); family && *family) {
    info.details.family = std::string(**family);
  }
  if (verbose) add_tensors(file, info.tensors);
  return info;
}

Result<ModelInfo> read_folder(const std::filesystem::path& path) {
  const auto files = TRY(open_model_files(path));
  const Totals totals = totals_of(*files);
  ModelInfo info;
  info.details = {.format = "safetensors",
                  .family = TRY(files->architecture()),
                  .parameter_size = parameter_size_text(totals.num_parameters),
                  .quantization_level = main_type(totals.bytes_by_type)};
  info.keys = {{"general.architecture", info.details.family},
               {"general.parameter_count", totals.num_parameters}};
  info.chat_template = files->chat_templates(no_log()).default_source.value_or("");
  return info;
}

/// What a vocabulary and a chat template tell of what a model is for.
void add_capabilities(const std::filesystem::path& path, ModelInfo& info) {
  const bool pools =
      info.keys.contains(info.details.family + ".pooling_type") || info.details.family.contains("bert");
  info.capabilities.emplace_back(pools ? "embedding" : "completion");
  if (pools) return;
  if (auto vocabulary = open_vocabulary(path)) {
    const auto tokenizer = Tokenizer::create(*std::move(vocabulary));
    if (tokenizer && api::can_infill(tokenizer->vocab())) info.capabilities.emplace_back("insert");
  }
  const auto parsed = info.chat_template.empty() ? ChatTemplate::parse(std::string(default_chat_template()))
                                                 : ChatTemplate::parse(info.chat_template);
  if (!parsed) return;
  // Others are told of tools by a message of the system.
  info.capabilities.emplace_back("tools");
  if (find_reasoning_format(*parsed).thinks()) info.capabilities.emplace_back("thinking");
}

}  // namespace

Json ModelDetails::json() const {
  return {{"parent_model", ""},
          {"format", format},
          {"family", family},
          {"families", Json::array({family})},
          {"parameter_size", parameter_size},
          {"quantization_level", quantization_level}};
}

std::string parameter_size_text(uint64_t num_parameters) {
  const auto text = [&](double unit, int digits, char name) {
    const double number = double(num_parameters) / unit;
    return fmt::format("{:.{}f}{}", number, number == std::floor(number) ? 0 : digits, name);
  };
  if (num_parameters >= 1'000'000'000) return text(1e9, 1, 'B');
  if (num_parameters >= 1'000'000) return text(1e6, 2, 'M');
  if (num_parameters >= 1'000) return text(1e3, 0, 'K');
  return fmt::format("{}", num_parameters);
}

Result<ModelInfo> read_model_info(const std::filesystem::path& path, bool verbose) {
  std::error_code ignored;
  ModelInfo info =
      std::filesystem::is_directory(path, ignored) ? TRY(read_folder(path)) : TRY(read_gguf(path, verbose));
  add_capabilities(path, info);
  return info;
}

std::optional<ModelDetails> ModelDetailsCache::get(const std::filesystem::path& path) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(path, error);
  if (error) return std::nullopt;
  {
    const std::scoped_lock lock(mutex_);
    const auto known = entries_.find(path);
    if (known != entries_.end() && known->second.written == written) return known->second.details;
  }
  const auto info = std::filesystem::is_directory(path, error) ? read_folder(path) : read_gguf(path, false);
  if (!info) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  entries_.insert_or_assign(path, Entry{written, info->details});
  return info->details;
}

}  // namespace hearth::server
