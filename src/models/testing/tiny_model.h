#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/check.h"
#include "formats/gguf/gguf.h"
#include "formats/open_model_files.h"
#include "quant/format.h"

namespace hearth {

/// A prompt of a tiny model and what transformers computes for it.
struct ExpectedPrompt {
  std::vector<int32_t> tokens;
  std::vector<float> logits;  ///< [rows, vocab_size] of the last rows
  int context_limit;          ///< the context that the model is to be loaded for
};

/// A tiny random checkpoint of tests/fixtures/models, with prompts.
struct TinyModel {
  std::unique_ptr<ModelFiles> files;
  std::vector<ExpectedPrompt> prompts;

  static std::filesystem::path folder() {
    return std::filesystem::path(HEARTH_SOURCE_DIR) / "tests/fixtures/models";
  }
  static std::filesystem::path path(const std::string& name) { return folder() / (name + ".gguf"); }

  /// Of all there are, sorted.
  static std::vector<std::string> names() { return names_with(".expected.gguf"); }

  /// Of those beside which there is a file whose name ends so.
  static std::vector<std::string> names_with(std::string_view suffix) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      const std::string file = entry.path().filename().string();
      if (file.ends_with(suffix)) names.push_back(file.substr(0, file.size() - suffix.size()));
    }
    std::ranges::sort(names);
    CHECK(!names.empty());
    return names;
  }

  static TinyModel open(const std::string& name) { return open(path(name), path(name + ".expected")); }

  static TinyModel open(const std::filesystem::path& model, const std::filesystem::path& expectation) {
    Result<std::unique_ptr<ModelFiles>> files = open_model_files(model);
    const Result<GgufFile> expected = GgufFile::open(expectation);
    if (!files || !expected) {
      fmt::print(stderr, "{}\n", (files ? expected.error() : files.error()).message);
      CHECK(false);
    }
    TinyModel result{std::move(*files), {}};
    for (int index = 0;; ++index) {
      const std::string prompt = fmt::format("prompt.{}", index);
      const Result<TensorView> tokens = expected->tensor(prompt + ".tokens");
      const Result<TensorView> logits = expected->tensor(prompt + ".logits");
      if (!tokens || !logits) break;
      CHECK(tokens->dtype == DType::kI32 && logits->dtype == DType::kF32);
      result.prompts.push_back({.tokens = copy<int32_t>(*tokens),
                                .logits = copy<float>(*logits),
                                .context_limit = *expected->get<int>(prompt + ".context")});
    }
    CHECK(!result.prompts.empty());
    return result;
  }

  template <typename T>
  static std::vector<T> copy(const TensorView& view) {
    std::vector<T> values(size_t(view.shape.size()));
    CHECK(view.data.size() == values.size() * sizeof(T));
    std::memcpy(values.data(), view.data.data(), view.data.size());
    return values;
  }
};

/// How far a backend may be from transformers: of weights as floats, and of quants, which kernels multiply
/// with inputs of 8 bits.
inline constexpr double kLargestNmse = 1e-9, kLargestNmseOfQuants = 1e-3;

inline double largest_nmse(const TinyModel& tiny, std::string_view backend) {
  const bool has_quants = std::ranges::any_of(
      (*tiny.files->tensors({}))->all(),
      [](const ModelTensor& tensor) { return dtype_info(tensor.stored.dtype).block_size > 1; });
  return has_quants && backend != "reference" ? kLargestNmseOfQuants : kLargestNmse;
}

/// Normalised mean squared error of the last `truth.size()` values.
inline double nmse_of_last_rows(std::span<const float> values, std::span<const float> truth) {
  CHECK(values.size() >= truth.size());
  const std::span<const float> last = values.last(truth.size());
  double error = 0, power = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    error += (double(last[i]) - truth[i]) * (double(last[i]) - truth[i]);
    power += double(truth[i]) * truth[i];
  }
  return error / power;
}

}  // namespace hearth
