#include "formats/safetensors/safetensors.h"

#include <algorithm>

#include "base/printable.h"

namespace hearth {

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  auto mapped = std::make_unique<MappedFile>(TRY(MappedFile::open(path)));
  Result<SafetensorsFile> file = parse(mapped->bytes());
  if (!file) {
    file.error().message = fmt::format("cannot read {}: {}", path.string(), file.error().message);
    return file;
  }
  file->file_ = std::move(mapped);
  return file;
}

Result<SafetensorsFile> SafetensorsFile::parse(ByteSpan bytes) {
  return SafetensorsFile(bytes, TRY(parse_safetensors_header(bytes)));
}

const SafetensorsTensor* SafetensorsFile::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(header_.tensors, name, {}, &SafetensorsTensor::name);
  return found != header_.tensors.end() && found->name == name ? &*found : nullptr;
}

Result<TensorView> SafetensorsFile::view(const SafetensorsTensor& tensor) const {
  if (!tensor.type->dtype) {
    return fail_hint(ErrorCode::kUnsupported, "use a checkpoint in BF16, F16 or F32, or a GGUF file",
                     "tensor {} has the type {}, which cannot be read", hearth::quoted(tensor.name),
                     tensor.type->name);
  }
  return TensorView{.dtype = *tensor.type->dtype,
                    .shape = tensor.shape,
                    .data = bytes_.subspan(size_t(tensor.offset), size_t(tensor.bytes)),
                    .file = file_.get()};
}

}  // namespace hearth
