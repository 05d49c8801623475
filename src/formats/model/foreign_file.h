#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "base/result.h"

namespace hearth {

/// Refuses a file that is known to hold a model in a form that is not read here: pickles, ONNX, what GGUF
/// replaced. `start`: its first bytes. Error: kUnsupported saying what it is and what to take in its place.
Status refuse_foreign_file(const std::filesystem::path& path, ByteSpan start);

/// Bytes that it looks at.
inline constexpr size_t kForeignFileStart = 512;

/// What to take in place of a pickle.
inline constexpr const char* kPickleRemedy =
    "take the model's safetensors files or a GGUF file of it: a pickle is a program, which is not run here "
    "(transformers writes safetensors: save_pretrained)";

}  // namespace hearth
