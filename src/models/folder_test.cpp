#include <algorithm>
#include <iterator>

#include <gtest/gtest.h>

#include "backend/backends.h"
#include "models/loader.h"
#include "models/testing/paged_cache.h"
#include "models/testing/tiny_model.h"

// A model's bits do not depend on the form of its files.

namespace hearth {
namespace {

/// "reference", and the instruction sets of the CPU backend that this machine runs.
std::vector<std::string> backend_names() {
  std::vector<std::string> names{"reference"};
  std::ranges::copy(cpu_backend_isas(), std::back_inserter(names));
  return names;
}

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
  std::unique_ptr<Backend> backend_ = std::get<1>(GetParam()) == "reference"
                                          ? make_reference_backend(pool_)
                                          : *make_cpu_backend(pool_, std::get<1>(GetParam()));
};

TEST_P(FolderTest, GivesTheBitsOfTheGgufFile) {
  const TinyModel folder = open(""), gguf = open(".gguf");
  for (const ExpectedPrompt& prompt : folder.prompts) {
    const std::vector<float> values = logits(folder, prompt);
    ASSERT_FALSE(values.empty());
    EXPECT_EQ(values, logits(gguf, prompt));
    EXPECT_LE(nmse_of_last_rows(values, prompt.logits), 1e-9);
  }
}

TEST_P(FolderTest, IsPlannedAsItIsLoaded) {
  const TinyModel folder = open(""), gguf = open(".gguf");
  const ModelMemory planned = *plan_model_memory(*folder.files, *backend_, {});
  const ModelMemory same = *plan_model_memory(*gguf.files, *backend_, {});
  EXPECT_EQ(planned.weight_bytes, same.weight_bytes);
  EXPECT_EQ(planned.work_bytes, same.work_bytes);
}

constexpr const char* kFolders[] = {"llama3", "llama_linear", "qwen2",        "qwen3_yarn",
                                    "gemma3", "qwen3_moe",    "phi3_longrope"};

INSTANTIATE_TEST_SUITE_P(Tiny, FolderTest,
                         testing::Combine(testing::ValuesIn(kFolders), testing::ValuesIn(backend_names())),
                         [](const auto& info) {
                           std::string name =
                               fmt::format("{}_{}", std::get<0>(info.param), std::get<1>(info.param));
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hearth
