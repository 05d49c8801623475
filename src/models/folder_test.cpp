#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/safetensors/safetensors.h"
#include "formats/testing/model_folder.h"
#include "formats/testing/safetensors_builder.h"
#include "models/loader.h"
#include "models/testing/named_backends.h"
#include "models/testing/paged_cache.h"
#include "models/testing/tiny_model.h"

// A model's bits do not depend on the form of its files.

namespace hearth {
namespace {

class FolderTest : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  static TinyModel open(const std::string& extension) {
    const std::string& name = std::get<0>(GetParam());
    return TinyModel::open(TinyModel::folder() / (name + extension), TinyModel::path(name + ".expected"));
  }
  std::vector<float> logits(const TinyModel& tiny, const ExpectedPrompt& prompt) {
    const auto model = load_causal_model(*tiny.files, *backend_,
                                         {.max_batch_tokens = 320, .context_limit = prompt.context_limit});
    if (!model) {
      ADD_FAILURE() << model.error().message;
      return {};
    }
    const int length = int(prompt.tokens.size());
    const PagedCache cache(**model, DType::kF32, 1, length);
    const SequencePart part{0, prompt.tokens, 0, length};
    return run_batch(**model, cache, {&part, 1});
  }

  ThreadPool pool_{2};
  std::unique_ptr<Backend> backend_ = make_named_backend(std::get<1>(GetParam()), pool_);
};

TEST_P(FolderTest, GivesTheBitsOfTheGgufFile) {
  const TinyModel folder = open(""), gguf = open(".gguf");
  for (const ExpectedPrompt& prompt : folder.prompts) {
    const std::vector<float> values = logits(folder, prompt);
    ASSERT_FALSE(values.empty());
    EXPECT_EQ(values, logits(gguf, prompt));
    EXPECT_LE(nmse_of_last_rows(values, prompt.logits), largest_nmse(gguf, std::get<1>(GetParam())));
  }
}

TEST_P(FolderTest, IsPlannedAsItIsLoaded) {
  const TinyModel folder = open(""), gguf = open(".gguf");
  const LoadOptions options{.context_limit = 64};  // mamba2's folders have no context
  const ModelMemory planned = plan_model_memory(*folder.files, *backend_, options)->front();
  const ModelMemory same = plan_model_memory(*gguf.files, *backend_, options)->front();
  // GGUF files hold routers and gates in F32.
  EXPECT_LE(planned.weight_bytes, same.weight_bytes);
  // A GGUF file holds 8-bit floats as F32; here they take little more than in the folder.
  const bool has_codes = std::ranges::any_of(folder.files->stored_tensors(), [](const NamedTensor& tensor) {
    return tensor.view.dtype == DType::kE4M3;
  });
  EXPECT_GE(planned.weight_bytes, has_codes ? same.weight_bytes / 4 : same.weight_bytes * 9 / 10);
  if (has_codes) EXPECT_LE(planned.weight_bytes, same.weight_bytes * 3 / 4);
  // Folders have multipliers where GGUF files have multiplied weights (falcon-h1).
  EXPECT_GE(planned.work_bytes, same.work_bytes);
  EXPECT_LE(planned.work_bytes, same.work_bytes * 101 / 100);
}

/// The fixtures that are folders as well.
std::vector<std::string> folder_names() {
  std::vector<std::string> names = TinyModel::names();
  std::erase_if(names, [](const std::string& name) {
    return !std::filesystem::is_directory(TinyModel::folder() / name);
  });
  CHECK(!names.empty());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Tiny, FolderTest,
                         testing::Combine(testing::ValuesIn(folder_names()),
                                          testing::ValuesIn(backend_names())),
                         [](const auto& info) { return model_on_backend(info); });

constexpr const char* kVision = "vision_tower.patches.weight";

/// A fixture's folder, made over.
class ChangedFolder {
 public:
  explicit ChangedFolder(const std::string& name)
      : source_(TinyModel::folder() / name), file_(*SafetensorsFile::open(source_ / "model.safetensors")) {}

  /// `change` may alter a tensor's bytes; each gets `prefix` before its name. `other` is a tensor that no
  /// text model has.
  void write(const std::function<void(std::string_view name, std::string& bytes)>& change,
             const std::string& prefix = "", const std::string& other = "") {
    SafetensorsBuilder builder;
    for (const SafetensorsTensor& tensor : file_.tensors()) {
      const TensorView view = *file_.view(tensor);
      std::string bytes(as_text(view.data)), shape;
      change(tensor.name, bytes);
      for (size_t i = 0; i < view.shape.rank(); ++i)
        shape += fmt::format("{}{}", i == 0 ? "" : ",", view.shape[i]);
      builder.add(prefix + tensor.name, tensor.type->name, "[" + shape + "]", bytes);
    }
    if (!other.empty()) builder.add(other, "F32", "[0]", "");
    folder_.write("model.safetensors", builder.build());
  }
  void write_config(std::string_view format) {
    const std::string own = *read_file(source_ / "config.json", 1 << 20);
    folder_.write("config.json", fmt::format(fmt::runtime(format), own));
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  const std::filesystem::path source_;
  const SafetensorsFile file_;
  const ModelFolder folder_{"changed"};
};

TEST(FolderOfSeveralInputs, RunsAsItsTextModel) {
  ChangedFolder changed("gemma3");
  changed.write([](std::string_view, std::string&) {}, "language_model.", kVision);
  changed.write_config(R"({{"architectures": ["Gemma3ForConditionalGeneration"], "text_config": {}}})");
  const TinyModel whole = TinyModel::open(changed.path(), TinyModel::path("gemma3.expected"));
  ThreadPool pool(2);
  const auto backend = make_reference_backend(pool);
  const auto model = load_causal_model(*whole.files, *backend, {.max_batch_tokens = 320});
  ASSERT_TRUE(model.has_value()) << model.error().message;
  const ExpectedPrompt& prompt = whole.prompts[0];
  const int length = int(prompt.tokens.size());
  const PagedCache cache(**model, DType::kF32, 1, length);
  const SequencePart part{0, prompt.tokens, 0, length};
  EXPECT_LE(nmse_of_last_rows(run_batch(**model, cache, {&part, 1}), prompt.logits), kLargestNmse);
}

/// Errors of a load, in the words of the folder.
class FolderErrors : public testing::Test {
 protected:
  std::string message_of(const std::string& fixture,
                         const std::function<void(std::string_view name, std::string& bytes)>& change,
                         const std::string& other = "") {
    ChangedFolder changed(fixture);
    changed.write(change, "", other);
    changed.write_config("{}");
    ThreadPool pool(2);
    const auto backend = *make_cpu_backend(pool, "");
    const auto model = load_causal_model(**open_model_files(changed.path()), *backend, {});
    return model ? "loaded" : model.error().message;
  }
};

TEST_F(FolderErrors, NameTensorsAsTheFolderDoes) {
  EXPECT_EQ(
      message_of(
          "llama3", [](std::string_view, std::string&) {}, kVision),
      "the file holds the tensor vision_tower.patches.weight, which its architecture does not have here");
  // Row 5 of the file; rotary pairs stand elsewhere in the weight.
  EXPECT_EQ(message_of("llama3",
                       [](std::string_view name, std::string& bytes) {
                         if (name != "model.layers.1.self_attn.k_proj.weight") return;
                         bytes.replace((5 * 48 + 7) * 2, 2, "\xff\x7f");
                       }),
            "tensor \"model.layers.1.self_attn.k_proj.weight\" holds nan at row 5, column 7");
}

}  // namespace
}  // namespace hearth
