#pragma once

#include <filesystem>
#include <memory>

#include "formats/model/model_files.h"

namespace hearth {

/// Opens whatever holds a model: a GGUF file (of a split set, any part), or a folder of Hugging Face's form.
/// Errors: those of `GgufModelFiles::open` and `HuggingFaceModelFiles::open`.
Result<std::unique_ptr<ModelFiles>> open_model_files(const std::filesystem::path& path,
                                                     const LogSink& log = no_log());

/// The vocabulary alone: of a split set the named part suffices, and tensors may be of any type. Errors:
/// those of the file; kUnsupported where it holds none.
Result<VocabData> open_vocabulary(const std::filesystem::path& path, const LogSink& log = no_log());

}  // namespace hearth
