#include <gtest/gtest.h>

#include "models/loader.h"
#include "models/testing/named_backends.h"
#include "models/testing/paged_cache.h"
#include "models/testing/tiny_model.h"

// A model's bits do not depend on the form of its files.

namespace hearth {
namespace {

class FolderTest : public testing::TestWithParam<std::tuple<const char*, std::string>> {
 protected:
  static TinyModel open(const std::string& extension) {
    const std::string name = std::string(std::get<0>(GetParam())) + "_bf16";
    const std::filesystem::path folder = TinyModel::path(name).parent_path();
    return TinyModel::open(folder / (name + extension), TinyModel::path(name + ".expected"));
  }
  std::vector<float> logits(const TinyModel& tiny, const ExpectedPrompt& prompt) {
    const auto model =
        load_model(*tiny.files, *backend_, {.max_batch_tokens = 320, .context_limit = prompt.context_limit});
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
  const ModelMemory planned = plan_model_memory(*folder.files, *backend_, {})->front();
  const ModelMemory same = plan_model_memory(*gguf.files, *backend_, {})->front();
  EXPECT_EQ(planned.weight_bytes, same.weight_bytes);
  EXPECT_EQ(planned.work_bytes, same.work_bytes);
}

constexpr const char* kFolders[] = {"llama3",        "llama_linear", "qwen2",         "qwen3_yarn",
                                    "gemma3",        "qwen3_moe",    "phi3_longrope", "gpt_oss",
                                    "gpt_oss_mxfp4", "mamba2",       "mamba2_groups"};

INSTANTIATE_TEST_SUITE_P(Tiny, FolderTest,
                         testing::Combine(testing::ValuesIn(kFolders), testing::ValuesIn(backend_names())),
                         [](const auto& info) { return model_on_backend(info); });

}  // namespace
}  // namespace hearth
