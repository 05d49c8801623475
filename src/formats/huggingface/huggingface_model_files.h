#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "formats/huggingface/shards.h"
#include "formats/huggingface/tensors/canonical_tensors.h"
#include "formats/huggingface/tensors/dense_modules.h"
#include "formats/model/model_files.h"

namespace hearth {

/// A model in a folder of Hugging Face's form: config.json, safetensors; where there are such,
/// generation_config.json, a tokenizer and chat templates (folder_vocabulary.h).
class HuggingFaceModelFiles final : public ModelFiles {
 public:
  /// Errors: kInvalidArgument where the folder has no config.json; those of `open_shards`; kCorruptData for
  /// files that are no JSON; kUnsupported for quantised weights and for tensors of types that cannot be read.
  static Result<std::unique_ptr<HuggingFaceModelFiles>> open(const std::filesystem::path& folder);

  /// The same of texts and shards, which are valid as long as it is.
  static Result<std::unique_ptr<HuggingFaceModelFiles>> from_memory(std::string_view config,
                                                                    std::string_view generation = "{}",
                                                                    std::vector<SafetensorsFile> shards = {});

  const std::filesystem::path& folder() const { return folder_; }
  const std::vector<SafetensorsFile>& shards() const { return shards_.files; }
  const nlohmann::json& config_json() const { return config_; }

  /// The tokens that end a completion, of generation_config.json, else of config.json.
  Result<std::vector<TokenId>> eos_token_ids() const;

  std::vector<const MappedFile*> files() const override;
  size_t header_bytes() const override;
  Result<std::string> architecture() const override;
  ConfigKeys config(const CheckpointConventions& conventions, const LogSink& log) const override;
  ConfigKeys generation(const LogSink& log) const override;
  Result<RopeScaling> rope_scaling(const ModelConfig& config, const LogSink& log) const override;
  const std::vector<NamedTensor>& stored_tensors() const override { return stored_; }
  Result<const TensorSet*> tensors(const CheckpointConventions& conventions) const override;
  Result<size_t> num_tokens() const override { return 0; }
  Result<VocabData> vocabulary(const LogSink& log) const override;
  ChatTemplateSources chat_templates(const LogSink& log) const override;
  Result<EmbeddingConfig> embedding_config(const LogSink& log) const override;

 private:
  HuggingFaceModelFiles() = default;
  Status take_shards(Shards shards);
  Status take_dense_modules(std::vector<DenseModule> modules);

  std::filesystem::path folder_;
  MappedFile config_file_;
  nlohmann::json config_, generation_ = nlohmann::json::object();
  WeightQuantization quantization_;
  Shards shards_;
  std::vector<DenseModule> dense_;
  std::vector<NamedTensor> stored_;
  mutable std::mutex mutex_;
  mutable std::optional<CanonicalTensors> canonical_;  ///< guarded by mutex_; made at the first call
};

}  // namespace hearth
