#include "formats/model/foreign_file.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace hearth {

namespace {

constexpr const char* kConvertAgain =
    "take a GGUF file of the same model, or make one from the original checkpoint; old files cannot be "
    "carried over";

/// A kind of file, by how it starts or by the ends of its name.
struct ForeignKind {
  std::string_view starts[3];
  std::string_view extensions[5];
  const char* is;
  const char* remedy;
};

using namespace std::string_view_literals;

/// Numbers of four bytes are spelt as little-endian machines write them.
constexpr ForeignKind kKinds[] = {
    {{"tjgg"sv}, {}, "a GGJT file, which GGUF replaced in 2023", kConvertAgain},
    {{"fmgg"sv}, {}, "a GGMF file, which GGUF replaced in 2023", kConvertAgain},
    {{"lmgg"sv, "ggml"sv}, {}, "a GGML file, which GGUF replaced in 2023", kConvertAgain},
    {{"algg"sv},
     {},
     "an adapter in GGLA form, not a model",
     "take the model that it was merged into, as GGUF"},
    {{"\x80\x02"sv, "\x80\x04"sv, "\x80\x05"sv},
     {".pt", ".pth", ".bin", ".pkl", ".ckpt"},
     "a pickle of PyTorch's",
     kPickleRemedy},
    {{}, {".onnx"}, "an ONNX file", "take the model's safetensors files or a GGUF file of it"},
    {{"\x89HDF\r\n"sv},
     {".h5", ".keras"},
     "an HDF5 file of Keras",
     "take the model's safetensors files or a GGUF file of it"},
    {{}, {".msgpack"}, "a file of Flax", "take the model's safetensors files or a GGUF file of it"},
};

/// PyTorch's own archives hold a pickle beside the tensors.
bool is_archive_of_pickle(std::string_view start) {
  return start.starts_with("PK\x03\x04"sv) && start.find("data.pkl") != start.npos;
}

}  // namespace

Status refuse_foreign_file(const std::filesystem::path& path, ByteSpan start) {
  const std::string_view text = as_text(start);
  if (text.starts_with("GGUF")) return {};
  const std::string extension = path.extension().string();
  for (const ForeignKind& kind : kKinds) {
    const bool is_such =
        std::ranges::any_of(kind.starts, [&](auto one) { return !one.empty() && text.starts_with(one); }) ||
        std::ranges::any_of(kind.extensions, [&](auto one) { return !one.empty() && extension == one; }) ||
        (kind.remedy == kPickleRemedy && is_archive_of_pickle(text));
    if (is_such) return fail_hint(ErrorCode::kUnsupported, kind.remedy, "{} is {}", path.string(), kind.is);
  }
  return {};
}

}  // namespace hearth
