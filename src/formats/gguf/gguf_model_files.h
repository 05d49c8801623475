#pragma once

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "formats/gguf/gguf.h"
#include "formats/model/model_files.h"

namespace hearth {

/// A model in one GGUF file, or in all parts of a split one.
class GgufModelFiles final : public ModelFiles {
 public:
  /// `path` is a GGUF file, or any part of a split one (NAME-00001-of-00003.gguf) whose other parts lie
  /// beside it. Errors: those of `GgufFile::open`; kNotFound for a part; kCorruptData where parts do not
  /// belong together or name a tensor twice; kUnsupported for a tensor type that cannot be read. What a file
  /// that is whole says of parts is not used, which `log` gets a note of.
  static Result<std::unique_ptr<GgufModelFiles>> open(const std::filesystem::path& path,
                                                      const LogSink& log = no_log());

  /// Of parts already open, in order; at least one.
  static Result<std::unique_ptr<GgufModelFiles>> from_parts(std::vector<GgufFile> parts,
                                                            const LogSink& log = no_log());

  const std::vector<GgufFile>& parts() const { return parts_; }

  std::vector<const MappedFile*> files() const override;
  size_t header_bytes() const override { return size_t(metadata().data_offset()); }
  Result<std::string> architecture() const override;
  ConfigKeys config(const CheckpointConventions& conventions, const LogSink& log) const override;
  ConfigKeys generation(const LogSink& log) const override;
  Result<RopeScaling> rope_scaling(const ModelConfig& config, const LogSink& log) const override;
  const std::vector<NamedTensor>& stored_tensors() const override { return stored_; }
  Result<const TensorSet*> tensors(const CheckpointConventions&) const override { return &tensors_; }
  Result<size_t> num_tokens() const override;
  Result<VocabData> vocabulary(const LogSink& log) const override;
  ChatTemplateSources chat_templates(const LogSink& log) const override;
  Result<EmbeddingConfig> embedding_config(const LogSink& log) const override;

 private:
  explicit GgufModelFiles(std::vector<GgufFile> parts) : parts_(std::move(parts)) {}

  /// The file (of a split set, the first) whose metadata describes the model.
  const GgufFile& metadata() const { return parts_.front(); }

  std::vector<GgufFile> parts_;
  std::vector<NamedTensor> stored_;
  TensorSet tensors_;
};

}  // namespace hearth
