#include "formats/model/tensor_set.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/printable.h"

namespace hearth {

namespace {

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.rank(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  return text + "]";
}

}  // namespace

Result<TensorSet> TensorSet::create(std::vector<ModelTensor> tensors, Spelling of_absent) {
  std::ranges::sort(tensors, {}, &ModelTensor::name);
  const auto twice = std::ranges::adjacent_find(tensors, {}, &ModelTensor::name);
  if (twice == tensors.end()) return TensorSet(std::move(tensors), std::move(of_absent));
  if (twice->spelling == std::next(twice)->spelling) {
    return fail_hint(ErrorCode::kCorruptData, "download all parts again, from one place",
                     "tensor {} stands in two parts", hearth::quoted(twice->spelling));
  }
  return fail_hint(ErrorCode::kCorruptData, "download the whole folder again, from one place",
                   "tensors {} and {} both hold the model's {}", hearth::quoted(twice->spelling),
                   hearth::quoted(std::next(twice)->spelling), hearth::quoted(twice->name));
}

const ModelTensor* TensorSet::find_entry(std::string_view name) const {
  const auto found = std::ranges::lower_bound(tensors_, name, {}, &ModelTensor::name);
  return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

const StoredTensor* TensorSet::find(std::string_view name) const {
  const ModelTensor* found = find_entry(name);
  return found != nullptr ? &found->stored : nullptr;
}

std::string TensorSet::spelling(std::string_view name) const {
  if (const ModelTensor* found = find_entry(name)) return std::string(found->spelling);
  return of_absent_ ? of_absent_(name) : std::string(name);
}

Result<StoredTensor> TensorSet::get(std::string_view name, const Shape& expected) const {
  const StoredTensor* tensor = find(name);
  if (tensor == nullptr) {
    return fail_hint(ErrorCode::kCorruptData, "the file is incomplete or of another kind of model",
                     "tensor {} is missing; it must have the shape {}", hearth::quoted(spelling(name)),
                     to_text(expected));
  }
  if (tensor->shape == expected) return *tensor;
  return fail_hint(ErrorCode::kCorruptData,
                   "the file is damaged or made by a faulty converter: download it again",
                   "tensor {} has the shape {}, but the model's metadata asks for {}",
                   hearth::quoted(spelling(name)), to_text(tensor->shape), to_text(expected));
}

}  // namespace hearth
