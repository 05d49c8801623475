#include "formats/gguf/gguf_model_files.h"

#include <span>

#include "base/printable.h"
#include "formats/gguf/embedding_config.h"
#include "formats/gguf/metadata_keys.h"
#include "formats/gguf/rope_scaling.h"
#include "formats/gguf/split_files.h"
#include "formats/gguf/vocabulary.h"

namespace hearth {

namespace {

std::string part_name(const GgufFile& part, size_t index) {
  return part.path().empty() ? fmt::format("part {}", index + 1) : part.path().string();
}

/// Whether a part says of itself that it is number `index` of `count`.
Status check_part(const GgufFile& part, size_t index, size_t count, const LogSink& log) {
  const MetadataKeys keys(part, "split", log);
  const auto split_count = keys.usable<uint32_t>("count"), split_no = keys.usable<uint32_t>("no");
  const bool is_whole = split_count.value_or(0) == 0;
  if (split_count == 0u) keys.note("count", "is 0, as files merged from parts have it");
  if (count == 1 && is_whole) return {};
  if (split_count.value_or(1) == count && (count == 1 || split_no == uint32_t(index))) return {};
  return fail_hint(
      ErrorCode::kCorruptData, "keep all parts in one folder, under the names they were published under",
      "{} says that it is part {} of {} (split.no, split.count), but was opened as part {} of {}",
      part_name(part, index), split_no.value_or(0) + uint64_t(1), split_count.value_or(1), index + 1, count);
}

/// split.tensors.count, where the first part gives it, counts the tensors of all parts.
Status check_num_tensors(std::span<const GgufFile> parts, size_t num_tensors, const LogSink& log) {
  const MetadataKeys keys(parts.front(), "split", log);
  const auto expected = keys.usable<uint64_t>("tensors.count");
  if (!expected || *expected == num_tensors) return {};
  if (parts.size() == 1) {
    keys.note("tensors.count", fmt::format("is {}, but the file holds {} tensors", *expected, num_tensors));
    return {};
  }
  return fail_hint(ErrorCode::kCorruptData, "download all parts again, from one place",
                   "the parts hold {} tensors, but split.tensors.count is {}", num_tensors, *expected);
}

}  // namespace

Result<std::unique_ptr<GgufModelFiles>> GgufModelFiles::open(const std::filesystem::path& path,
                                                             const LogSink& log) {
  std::vector<GgufFile> parts;
  const std::vector<std::filesystem::path> paths = TRY(split_file_paths(path));
  for (const std::filesystem::path& part : paths) {
    Result<GgufFile> file = GgufFile::open(part);
    if (!file && file.error().code == ErrorCode::kNotFound && part != path) {
      file.error().hint = "a split model needs all its parts in one folder: download the missing one";
    }
    parts.push_back(TRY(std::move(file)));
  }
  return from_parts(std::move(parts), log);
}

Result<std::unique_ptr<GgufModelFiles>> GgufModelFiles::from_parts(std::vector<GgufFile> parts,
                                                                   const LogSink& log) {
  CHECK(!parts.empty());
  std::unique_ptr<GgufModelFiles> files(new GgufModelFiles(std::move(parts)));
  size_t num_tensors = 0;
  for (size_t i = 0; i < files->parts_.size(); ++i) {
    TRY(check_part(files->parts_[i], i, files->parts_.size(), log));
    num_tensors += files->parts_[i].tensors().size();
  }
  TRY(check_num_tensors(files->parts_, num_tensors, log));
  files->stored_.reserve(num_tensors);
  for (const GgufFile& part : files->parts_) {
    for (const GgufTensor& tensor : part.tensors()) {
      files->stored_.push_back({tensor.name, TRY(part.tensor(tensor)), tensor.shape.size()});
    }
  }
  std::vector<ModelTensor> tensors;
  tensors.reserve(num_tensors);
  for (const NamedTensor& tensor : files->stored_) tensors.push_back({tensor.name, tensor.name, tensor.view});
  files->tensors_ = TRY(TensorSet::create(std::move(tensors), nullptr));
  return files;
}

std::vector<const MappedFile*> GgufModelFiles::files() const {
  std::vector<const MappedFile*> files;
  for (const GgufFile& part : parts_) {
    if (part.mapped() != nullptr) files.push_back(part.mapped());
  }
  return files;
}

Result<std::string> GgufModelFiles::architecture() const {
  const std::string_view name = TRY(metadata().get<std::string_view>("general.architecture"));
  if (is_architecture_name(name)) return std::string(name);
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                   "general.architecture is {}, which is no name of one", quoted(name));
}

ConfigKeys GgufModelFiles::config(const CheckpointConventions&, const LogSink& log) const {
  return gguf_config_keys(metadata(), architecture().value_or(""), log);
}

ConfigKeys GgufModelFiles::generation(const LogSink& log) const {
  return gguf_generation_keys(metadata(), log);
}

Result<RopeScaling> GgufModelFiles::rope_scaling(const ModelConfig& config, const LogSink& log) const {
  return read_gguf_rope_scaling(MetadataKeys(metadata(), TRY(architecture()), log), tensors_, config);
}

Result<size_t> GgufModelFiles::num_tokens() const {
  return MetadataKeys(metadata(), "tokenizer.ggml", no_log()).array_size("tokens");
}

Result<VocabData> GgufModelFiles::vocabulary(const LogSink& log) const {
  return read_vocabulary(metadata(), log);
}

ChatTemplateSources GgufModelFiles::chat_templates(const LogSink& log) const {
  return read_chat_templates(metadata(), log);
}

Result<EmbeddingConfig> GgufModelFiles::embedding_config(const LogSink& log) const {
  return read_gguf_embedding_config(metadata(), TRY(architecture()), log);
}

}  // namespace hearth
