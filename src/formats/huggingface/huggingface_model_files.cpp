#include "formats/huggingface/huggingface_model_files.h"

#include "base/printable.h"
#include "formats/huggingface/folder_contents.h"
#include "formats/huggingface/folder_file.h"
#include "formats/huggingface/folder_vocabulary.h"
#include "formats/huggingface/json_keys.h"
#include "formats/huggingface/quantization_config.h"
#include "formats/huggingface/rope_scaling.h"
#include "formats/huggingface/sentence_transformers.h"
#include "formats/huggingface/tensors/scaled_codes.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kConfig = "config.json";
constexpr const char* kGeneration = "generation_config.json";
constexpr size_t kMaxJsonBytes = size_t(4) << 20;
constexpr size_t kMaxEndTokens = 1024;

/// What config.json says today stood in a file of its own.
Status refuse_old_quantization(const fs::path& folder) {
  for (const auto& [file, method] :
       {std::pair("quantize_config.json", "GPTQ"), {"quant_config.json", "AWQ"}}) {
    if (!is_there(folder / file)) continue;
    return fail_hint(ErrorCode::kUnsupported, kQuantizationRemedy,
                     "{}: the weights are quantised by {}, which this build does not read",
                     (folder / file).string(), method);
  }
  return {};
}

/// Two a byte of MXFP4's codes, none of exponents and scales.
int64_t num_parameters(const SafetensorsTensor& tensor, const WeightQuantization& quantization) {
  const int64_t size = tensor.shape.size();
  if (quantization.has_scaled_codes && is_scale_name(tensor.name)) return 0;
  if (tensor.type->dtype != DType::kU8) return size;
  if (tensor.name.ends_with("_blocks")) return 2 * size;
  return tensor.name.ends_with("_scales") ? 0 : size;
}

/// Of a text model that is a part of another, which names its type alone: "Qwen3MoeForCausalLM" of
/// "qwen3_moe", "Gemma3ForCausalLM" of "gemma3_text".
Result<std::string> architecture_of_type(const Json& text) {
  const auto found = text.find("model_type");
  std::string type = found != text.end() && found->is_string() ? found->get<std::string>() : std::string();
  if (!is_architecture_name(type)) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{}: text_config.model_type is missing or no name of one", kConfig);
  }
  constexpr std::string_view kText = "_text";
  if (type.ends_with(kText)) type.resize(type.size() - kText.size());
  std::string name;
  for (size_t i = 0; i < type.size(); ++i) {
    if (type[i] == '_') continue;
    const bool begins = i == 0 || type[i - 1] == '_';
    name += begins && type[i] >= 'a' && type[i] <= 'z' ? char(type[i] - 'a' + 'A') : type[i];
  }
  return name + "ForCausalLM";
}

}  // namespace

Result<std::unique_ptr<HuggingFaceModelFiles>> HuggingFaceModelFiles::open(const fs::path& folder) {
  if (!is_there(folder / kConfig)) return no_model_in_folder(folder, kConfig);
  MappedFile config = TRY(MappedFile::open(folder / kConfig));
  if (config.bytes().size() > kMaxJsonBytes) {
    return fail_hint(ErrorCode::kResourceLimit, "check where the folder comes from",
                     "{} has {} bytes, above the limit of {}", kConfig, config.bytes().size(), kMaxJsonBytes);
  }
  std::string generation = "{}";
  if (is_there(folder / kGeneration)) generation = TRY(read_file(folder / kGeneration, kMaxJsonBytes));
  auto files = TRY(from_memory(as_text(config.bytes()), generation));
  TRY(refuse_old_quantization(folder));
  files->folder_ = folder;
  files->config_file_ = std::move(config);
  TRY(files->take_shards(TRY(open_shards(folder))));
  TRY(files->take_dense_modules(TRY(open_dense_modules(folder))));
  return files;
}

Result<std::unique_ptr<HuggingFaceModelFiles>> HuggingFaceModelFiles::from_memory(
    std::string_view config, std::string_view generation, std::vector<SafetensorsFile> shards) {
  std::unique_ptr<HuggingFaceModelFiles> files(new HuggingFaceModelFiles);
  files->config_ = TRY(parse_json_object(config, kConfig));
  files->generation_ = TRY(parse_json_object(generation, kGeneration));
  files->quantization_ = TRY(read_weight_quantization(files->config_, kConfig));
  TRY(files->take_shards({.index = std::nullopt, .files = std::move(shards)}));
  return files;
}

Status HuggingFaceModelFiles::take_shards(Shards shards) {
  shards_ = std::move(shards);
  for (const SafetensorsFile& file : shards_.files) {
    for (const SafetensorsTensor& tensor : file.tensors()) {
      stored_.push_back({tensor.name, TRY(file.view(tensor)), num_parameters(tensor, quantization_)});
    }
  }
  return {};
}

Status HuggingFaceModelFiles::take_dense_modules(std::vector<DenseModule> modules) {
  dense_ = std::move(modules);
  for (const DenseModule& module : dense_) {
    for (const SafetensorsTensor& tensor : module.file.tensors()) {
      const bool is_weight = tensor.name == "linear.weight";
      if (!is_weight && tensor.name != "linear.bias") {
        return fail(ErrorCode::kUnsupported, "a dense layer behind the pooling holds the tensor {}",
                    hearth::quoted(tensor.name));
      }
      stored_.push_back(
          {is_weight ? module.weight : module.bias, TRY(module.file.view(tensor)), tensor.shape.size()});
    }
  }
  return {};
}

std::vector<const MappedFile*> HuggingFaceModelFiles::files() const {
  std::vector<const MappedFile*> files;
  if (!config_file_.path().empty()) files.push_back(&config_file_);
  if (shards_.index) files.push_back(&*shards_.index);
  for (const SafetensorsFile& file : shards_.files) {
    if (file.mapped() != nullptr) files.push_back(file.mapped());
  }
  for (const DenseModule& module : dense_) files.push_back(module.file.mapped());
  return files;
}

size_t HuggingFaceModelFiles::header_bytes() const {
  size_t bytes = config_file_.bytes().size() + folder_vocabulary_bytes(folder_);
  for (const SafetensorsFile& file : shards_.files) bytes += size_t(file.data_offset());
  return bytes;
}

Result<std::string> HuggingFaceModelFiles::architecture() const {
  const Json* text = text_config_of(config_);
  const Json& own = text != nullptr ? *text : config_;
  const auto list = own.find("architectures");
  const bool has_list = list != own.end();
  if (text != nullptr && (!has_list || list->is_null())) return architecture_of_type(*text);
  if (!has_list || !list->is_array() || list->empty() || !list->front().is_string()) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{}: architectures is missing or no list of names", kConfig);
  }
  std::string name = list->front().get<std::string>();
  if (is_architecture_name(name)) return name;
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                   "{}: architectures[0] is {}, which is no name of one", kConfig, hearth::quoted(name));
}

ConfigKeys HuggingFaceModelFiles::config(const CheckpointConventions& conventions, const LogSink& log) const {
  return json_keys(config_, kConfig, conventions.defaults, log);
}

ConfigKeys HuggingFaceModelFiles::generation(const LogSink& log) const {
  return json_keys(generation_, kGeneration, {}, log);
}

Result<RopeScaling> HuggingFaceModelFiles::rope_scaling(const ModelConfig& config, const LogSink& log) const {
  return read_huggingface_rope_scaling(json_keys(config_, kConfig, {}, log), config);
}

Result<const TensorSet*> HuggingFaceModelFiles::tensors(const CheckpointConventions& conventions) const {
  const std::scoped_lock lock(mutex_);
  if (!canonical_) {
    const bool is_part = text_config_of(config_) != nullptr;
    canonical_ =
        TRY(canonical_tensors(stored_, config(conventions, no_log()), conventions, quantization_, is_part));
  }
  return &canonical_->set;
}

Result<std::vector<TokenId>> HuggingFaceModelFiles::eos_token_ids() const {
  constexpr Bounds<int> kIds{0, (1 << 23) - 1};
  constexpr const char* kKey = "eos_token_id";
  const ConfigKeys generation = this->generation(no_log());
  const ConfigKeys keys = generation.find(kKey) ? generation : config({}, no_log());
  const std::optional<ConfigValue> value = keys.find(kKey);
  if (!value) return std::vector<TokenId>();
  if (!value->is_array()) return std::vector<TokenId>{TRY(keys.integer(kKey, kIds))};
  return TRY(keys.integers(kKey, kIds, kMaxEndTokens));
}

Result<VocabData> HuggingFaceModelFiles::vocabulary(const LogSink& log) const {
  VocabData data = TRY(read_folder_vocabulary(folder_, log));
  data.end_ids = TRY(eos_token_ids());
  const ConfigKeys keys = config({}, no_log());
  constexpr Bounds<int> kSizes{1, 1 << 23};
  if (keys.find("vocab_size")) drop_tokens_beyond(size_t(TRY(keys.integer("vocab_size", kSizes))), data, log);
  return data;
}

ChatTemplateSources HuggingFaceModelFiles::chat_templates(const LogSink& log) const {
  return read_folder_chat_templates(folder_, log);
}

Result<EmbeddingConfig> HuggingFaceModelFiles::embedding_config(const LogSink&) const {
  return read_sentence_transformers(folder_, config_);
}

}  // namespace hearth
