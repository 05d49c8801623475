#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/result.h"
#include "formats/model/checkpoint_conventions.h"
#include "formats/model/config_keys.h"
#include "formats/model/embedding_config.h"
#include "formats/model/model_config.h"
#include "formats/model/tensor_set.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Whether a text may be an architecture's name: letters, digits, "_", "-" and ".".
bool is_architecture_name(std::string_view name);

/// Sources of the chat templates in a file set.
struct ChatTemplateSources {
  std::optional<std::string> default_source;
  std::map<std::string, std::string> named;  ///< by name: "tool_use"
};

/// All that is known of a model, whatever files hold it. Owns the mappings; immutable, thread-safe. Views and
/// keys that it gives out are valid as long as it lives. What of the files is not used is said in `log`.
class ModelFiles {
 public:
  ModelFiles() = default;
  ModelFiles(const ModelFiles&) = delete;
  ModelFiles& operator=(const ModelFiles&) = delete;
  virtual ~ModelFiles() = default;

  /// The files whose bytes are the model's identity: a change in one may change what it computes.
  virtual std::vector<const MappedFile*> files() const = 0;
  /// Bytes of all that describes the model beside its weights.
  virtual size_t header_bytes() const = 0;

  /// One of `ModelSpec::names`. Error: kCorruptData where it is absent or no name.
  virtual Result<std::string> architecture() const = 0;
  /// The keys of the configuration.
  virtual ConfigKeys config(const CheckpointConventions& conventions, const LogSink& log) const = 0;
  /// The keys of generation_config.json and their like: what the model's author recommends.
  virtual ConfigKeys generation(const LogSink& log) const = 0;
  /// For a model whose context, rotary dimensions and base `config` holds. Errors: kCorruptData naming the
  /// key or the tensor; kUnsupported for a kind of scaling that this build does not know.
  virtual Result<RopeScaling> rope_scaling(const ModelConfig& config, const LogSink& log) const = 0;

  /// The tensors under the names that the files give them.
  virtual const std::vector<NamedTensor>& stored_tensors() const = 0;
  /// The tensors under GGUF's names and in its order of rows. A file set has one architecture: every call
  /// gives the same conventions. Error: kCorruptData.
  virtual Result<const TensorSet*> tensors(const CheckpointConventions& conventions) const = 0;

  /// Entries of the vocabulary; 0 where there is none.
  virtual Result<size_t> num_tokens() const = 0;
  /// Errors: kUnsupported where there is none that this build reads; kCorruptData.
  virtual Result<VocabData> vocabulary(const LogSink& log) const = 0;
  virtual ChatTemplateSources chat_templates(const LogSink& log) const = 0;
  /// How the model makes vectors and scores of texts. Errors: kCorruptData naming the key or the file;
  /// kUnsupported for ways that this build does not know.
  virtual Result<EmbeddingConfig> embedding_config(const LogSink& log) const = 0;
};

}  // namespace hearth
