#include "formats/weights.h"

#include <algorithm>

#include "base/printable.h"
#include "formats/gguf/metadata_keys.h"
#include "formats/gguf/split_files.h"

namespace hearth {

namespace {

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.rank(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  return text + "]";
}

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
Status check_num_tensors(const Weights& weights, size_t num_tensors, const LogSink& log) {
  const MetadataKeys keys(weights.metadata(), "split", log);
  const auto expected = keys.usable<uint64_t>("tensors.count");
  if (!expected || *expected == num_tensors) return {};
  if (weights.parts().size() == 1) {
    keys.note("tensors.count", fmt::format("is {}, but the file holds {} tensors", *expected, num_tensors));
    return {};
  }
  return fail_hint(ErrorCode::kCorruptData, "download all parts again, from one place",
                   "the parts hold {} tensors, but split.tensors.count is {}", num_tensors, *expected);
}

}  // namespace

Result<Weights> Weights::open(const std::filesystem::path& path, const LogSink& log) {
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

Result<Weights> Weights::from_parts(std::vector<GgufFile> parts, const LogSink& log) {
  CHECK(!parts.empty());
  Weights weights;
  weights.parts_ = std::move(parts);
  size_t num_tensors = 0;
  for (size_t i = 0; i < weights.parts_.size(); ++i) {
    TRY(check_part(weights.parts_[i], i, weights.parts_.size(), log));
    num_tensors += weights.parts_[i].tensors().size();
  }
  TRY(check_num_tensors(weights, num_tensors, log));
  weights.tensors_.reserve(num_tensors);
  for (const GgufFile& part : weights.parts_) {
    for (const GgufTensor& tensor : part.tensors()) {
      weights.tensors_.push_back({tensor.name, TRY(part.tensor(tensor))});
    }
  }
  std::ranges::sort(weights.tensors_, {}, &NamedTensor::name);
  const auto twice = std::ranges::adjacent_find(weights.tensors_, {}, &NamedTensor::name);
  if (twice != weights.tensors_.end()) {
    return fail_hint(ErrorCode::kCorruptData, "download all parts again, from one place",
                     "tensor {} stands in two parts", quoted(twice->name));
  }
  return weights;
}

const TensorView* Weights::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(tensors_, name, {}, &NamedTensor::name);
  return found != tensors_.end() && found->name == name ? &found->view : nullptr;
}

Result<TensorView> Weights::get(std::string_view name, const Shape& expected) const {
  const TensorView* view = find(name);
  if (view == nullptr) {
    return fail_hint(ErrorCode::kCorruptData, "the file is incomplete or of another kind of model",
                     "tensor {} is missing; it must have the shape {}", quoted(name), to_text(expected));
  }
  if (view->shape == expected) return *view;
  return fail_hint(ErrorCode::kCorruptData,
                   "the file is damaged or made by a faulty converter: download it again",
                   "tensor {} has the shape {}, but the model's metadata asks for {}", quoted(name),
                   to_text(view->shape), to_text(expected));
}

}  // namespace hearth
