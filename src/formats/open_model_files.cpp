#include "formats/open_model_files.h"

#include <algorithm>

#include "formats/gguf/gguf_model_files.h"
#include "formats/gguf/vocabulary.h"
#include "formats/huggingface/folder_vocabulary.h"
#include "formats/huggingface/huggingface_model_files.h"
#include "formats/model/foreign_file.h"

namespace hearth {

namespace {

bool is_folder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

/// A file of a folder is no model by itself.
Status refuse_part_of_folder(const std::filesystem::path& path) {
  if (path.extension() != ".safetensors" && path.extension() != ".json") return {};
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  return fail_hint(ErrorCode::kInvalidArgument, fmt::format("name the folder: {}", folder.string()),
                   "{} is one file of a model that is a folder", path.string());
}

/// What is no GGUF file; what cannot be opened is left to who reads it.
Status refuse_other_files(const std::filesystem::path& path) {
  TRY(refuse_part_of_folder(path));
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return {};
  const ByteSpan bytes = file->bytes();
  return refuse_foreign_file(path, bytes.first(std::min(bytes.size(), kForeignFileStart)));
}

}  // namespace

Result<std::unique_ptr<ModelFiles>> open_model_files(const std::filesystem::path& path, const LogSink& log) {
  if (is_folder(path)) return TRY(HuggingFaceModelFiles::open(path));
  TRY(refuse_other_files(path));
  return TRY(GgufModelFiles::open(path, log));
}

Result<VocabData> open_vocabulary(const std::filesystem::path& path, const LogSink& log) {
  if (is_folder(path)) return read_folder_vocabulary(path, log);
  TRY(refuse_other_files(path));
  return read_vocabulary(TRY(GgufFile::open(path)), log);
}

}  // namespace hearth
