#pragma once

#include <string>
#include <string_view>

#include "formats/gguf.h"

namespace hearth {

/// The remedy of errors in a file's contents.
inline constexpr const char* kDamagedFile =
    "the file is damaged or made by a faulty converter: download it again";

/// What a value may be, both ends included.
template <typename T>
struct Bounds {
  T lowest, highest;
};

/// Reads the metadata keys of one prefix ("llama" for `llama.block_count`), with bounds. Errors: kCorruptData
/// naming the key, its value and what is allowed, or that it is missing. The file must outlive it.
class MetadataKeys {
 public:
  MetadataKeys(const GgufFile& file, std::string_view prefix) : file_(file), prefix_(prefix) {}

  std::string full(std::string_view key) const { return prefix_ + "." + std::string(key); }
  bool has(std::string_view key) const { return file_.find(full(key)) != nullptr; }

  Result<int> integer(std::string_view key, Bounds<int> bounds) const;
  Result<int> integer_or(std::string_view key, Bounds<int> bounds, int absent) const;
  Result<float> number(std::string_view key, Bounds<float> bounds) const;
  Result<float> number_or(std::string_view key, Bounds<float> bounds, float absent) const;
  Result<bool> flag_or(std::string_view key, bool absent) const;
  Result<std::string_view> text_or(std::string_view key, std::string_view absent) const;

  /// A number, or an array of one for each layer, all the same. Error besides: kUnsupported where they
  /// differ.
  Result<int> integer_of_layers(std::string_view key, Bounds<int> bounds, int num_layers) const;

  /// Elements of an array; 0 where it is absent.
  Result<size_t> array_size(std::string_view key) const;

 private:
  const GgufFile& file_;
  std::string prefix_;
};

}  // namespace hearth
