#include "formats/open_model_files.h"

#include "formats/gguf/gguf_model_files.h"
#include "formats/gguf/vocabulary.h"
#include "formats/huggingface/folder_vocabulary.h"
#include "formats/huggingface/huggingface_model_files.h"

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

}  // namespace

Result<std::unique_ptr<ModelFiles>> open_model_files(const std::filesystem::path& path, const LogSink& log) {
  if (is_folder(path)) return TRY(HuggingFaceModelFiles::open(path));
  TRY(refuse_part_of_folder(path));
  return TRY(GgufModelFiles::open(path, log));
}

Result<VocabData> open_vocabulary(const std::filesystem::path& path, const LogSink& log) {
  if (is_folder(path)) return read_folder_vocabulary(path, log);
  TRY(refuse_part_of_folder(path));
  return read_vocabulary(TRY(GgufFile::open(path)), log);
}

}  // namespace hearth
