#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "formats/gguf/gguf.h"
#include "tensor/tensor.h"

namespace hearth {

struct NamedTensor {
  std::string_view name;
  TensorView view;
};

/// The tensors and the metadata of a model, whatever files hold them: one GGUF file or all parts of a split
/// one. Owns the mappings. Immutable, thread-safe; moving it keeps all views valid.
class Weights {
 public:
  /// `path` is a GGUF file, or any part of a split one (NAME-00001-of-00003.gguf) whose other parts lie
  /// beside it. Errors: those of `GgufFile::open`; kNotFound for a part; kCorruptData where parts do not
  /// belong together or name a tensor twice; kUnsupported for a tensor type that cannot be read. What a file
  /// that is whole says of parts is not used, which `log` gets a note of.
  static Result<Weights> open(const std::filesystem::path& path, const LogSink& log = no_log());

  /// Of parts already open, in order; at least one.
  static Result<Weights> from_parts(std::vector<GgufFile> parts, const LogSink& log = no_log());

  /// The file (of a split set, the first) whose metadata describes the model.
  const GgufFile& metadata() const { return parts_.front(); }
  const std::vector<GgufFile>& parts() const { return parts_; }

  /// Sorted by name.
  const std::vector<NamedTensor>& tensors() const { return tensors_; }

  /// Nothing where there is no tensor of that name.
  const TensorView* find(std::string_view name) const;

  /// The tensor, which must have the shape that the configuration asks for. Error: kCorruptData with both
  /// shapes.
  Result<TensorView> get(std::string_view name, const Shape& expected) const;

 private:
  Weights() = default;

  std::vector<GgufFile> parts_;
  std::vector<NamedTensor> tensors_;
};

}  // namespace hearth
