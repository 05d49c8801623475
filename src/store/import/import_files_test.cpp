#include "store/import/import_files.h"

#include <algorithm>

#include "store/import/foreign_stores.h"
#include "store/testing/test_folder.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

const std::string kCommit = "12fd25f77366fa6b3b4b768ec3050bf629380bac";

class ImportFiles : public TestFolder {
 protected:
  void SetUp() override {
    TestFolder::SetUp();
    store_ = *ModelStore::open(root_ / "models", no_log());
  }
  Environment environment() const {
    return [this](const char* name) -> std::optional<std::string> {
      if (std::string_view(name) == "HOME") return root_.string();
      return std::nullopt;
    };
  }
  /// What is found by a program's own rules, in order of name.
  std::vector<FoundFiles> find(std::string_view program) {
    const ForeignStore& store = *std::ranges::find(foreign_stores(), program, &ForeignStore::name);
    for (const fs::path& folder : store.folders(environment())) {
      if (!fs::is_directory(folder)) continue;
      auto found =
          store.find(folder, [this](LogLevel, std::string_view line) { log_ += std::string(line) + "\n"; });
      std::ranges::sort(found, {}, [](const FoundFiles& model) { return model.name.text(); });
      return found;
    }
    return {};
  }
  static std::vector<std::string> names(const std::vector<FoundFiles>& models) {
    std::vector<std::string> all;
    for (const FoundFiles& model : models) all.push_back(model.name.text());
    return all;
  }
  void import_all(const std::vector<FoundFiles>& models) {
    for (const FoundFiles& model : models) {
      const Status imported = import_files(model, *store_, {});
      ASSERT_TRUE(imported) << imported.error().message;
    }
  }
  std::string opened(std::string_view name) { return read(store_->find(*ModelName::parse(name))->path); }

  std::string log_;
  std::unique_ptr<ModelStore> store_;
};

TEST_F(ImportFiles, AFileIsCalledByItsName) {
  const fs::path file = write("SmolLM2-135M-Instruct.Q4_1.gguf", "weights");
  const auto models = *models_at(file);
  EXPECT_EQ(names(models), std::vector<std::string>{"smollm2-135m-instruct:q4_1"});
  import_all(models);
  EXPECT_EQ(opened("smollm2-135m-instruct:q4_1"), "weights");
  EXPECT_EQ(fs::hard_link_count(file), 2u);
  ASSERT_TRUE(import_files(models[0], *store_, {.link = false}));
  EXPECT_EQ(models_at(root_ / "missing").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(models_at(write("notes/a.txt", "x").parent_path()).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ImportFiles, PartsAreOneModel) {
  for (const char* part : {"1", "2", "3"}) write(fmt::format("Big-Q8_0-0000{}-of-00003.gguf", part), part);
  write("Big-Q4_0.gguf", "other");
  const auto models = *models_at(root_ / "Big-Q8_0-00002-of-00003.gguf");
  ASSERT_EQ(names(models), std::vector<std::string>{"big:q8_0"});
  import_all(models);
  const fs::path first = store_->find(*ModelName::parse("big:q8_0"))->path;
  EXPECT_EQ(first.filename(), "Big-Q8_0-00001-of-00003.gguf");
  EXPECT_EQ(read(first), "1");
  EXPECT_EQ(read(first.parent_path() / "Big-Q8_0-00003-of-00003.gguf"), "3");
  EXPECT_EQ(models_at(root_)->size(), 2u);
}

TEST_F(ImportFiles, AFolderIsAModel) {
  write("My Model/config.json", "{}");
  write("My Model/model.safetensors", "w");
  write("My Model/1_Pooling/config.json", "p");
  write("My Model/LICENSE", "MIT");
  write("My Model/README.md", "no part of it");
  write("My Model/.git/config", "no part of it");
  const auto models = *models_at(root_ / "My Model/");
  ASSERT_EQ(names(models), std::vector<std::string>{"my-model"});
  import_all(models);
  const StoredModel model = *store_->find(*ModelName::parse("my-model"));
  EXPECT_EQ(read(model.path / "1_Pooling/config.json"), "p");
  EXPECT_EQ(model.licenses, std::vector<std::string>{"MIT"});
  EXPECT_EQ(model.manifest.layers.size(), 4u);
}

TEST_F(ImportFiles, ModelsOfOllamaKeepTheirManifests) {
  const auto ollama = *ModelStore::open(root_ / ".ollama/models", no_log());
  const auto put = [&](std::string_view name, const std::string& weights) {
    Manifest manifest;
    manifest.config = {std::string(media_type::kConfig), *ollama->blobs().put("{}"), 2};
    manifest.layers = {{std::string(media_type::kModel), *ollama->blobs().put(weights), weights.size()},
                       {std::string(media_type::kSystem), *ollama->blobs().put("Be brief."), 9}};
    ASSERT_TRUE(ollama->put(*ModelName::parse(name), manifest));
  };
  put("qwen3:4b", "one");
  put("hf.co/User/Repo:Q4_K_M", "two");
  const auto models = find("ollama");
  EXPECT_EQ(names(models), (std::vector<std::string>{"hf.co/User/Repo:Q4_K_M", "qwen3:4b"}));
  import_all(models);
  const StoredModel model = *store_->find(*ModelName::parse("qwen3:4b"));
  EXPECT_EQ(read(model.path), "one");
  EXPECT_EQ(fs::hard_link_count(model.path), 2u);
  EXPECT_EQ(model.system, "Be brief.");
  EXPECT_EQ(model.manifest.digest(), ollama->manifest(*ModelName::parse("qwen3:4b"))->digest());

  // What is damaged there does not come in.
  write(".ollama/models/blobs/" + model.manifest.layers[0].digest.file_name(), "onE");
  ASSERT_TRUE(store_->remove(*ModelName::parse("qwen3:4b")));
  EXPECT_EQ(import_files(models[1], *store_, {}).error().code, ErrorCode::kCorruptData);
}

TEST_F(ImportFiles, TheCacheOfHuggingFaceIsRead) {
  const std::string gguf = ".cache/huggingface/hub/models--User--Repo-GGUF/";
  const fs::path blob = write(gguf + "blobs/0123", "weights");
  write(gguf + "refs/main", kCommit);
  fs::create_directories(root_ / gguf / "snapshots" / kCommit);
  fs::create_symlink("../../blobs/0123", root_ / gguf / "snapshots" / kCommit / "Repo-Q4_K_M.gguf");
  fs::create_symlink("../../blobs/gone", root_ / gguf / "snapshots" / kCommit / "Repo-Q8_0.gguf");
  const std::string folder = ".cache/huggingface/hub/models--User--Llama/snapshots/" + kCommit + "/";
  write(folder + "config.json", "{}");
  write(folder + "model.safetensors", "w");
  write(".cache/huggingface/hub/models--User--Empty/snapshots/" + kCommit + "/config.json", "{}");
  write(".cache/huggingface/hub/models--User--..%2f..%2fx/snapshots/a/config.json", "{}");
  write(".cache/huggingface/hub/datasets--User--Data/snapshots/a/x.gguf", "x");
  write(".cache/huggingface/hub/models--User--Evil/refs/main", "../../../..");
  const auto models = find("huggingface");
  EXPECT_EQ(names(models), (std::vector<std::string>{"hf.co/User/Llama", "hf.co/User/Repo-GGUF:Q4_K_M"}));
  import_all(models);
  EXPECT_EQ(opened("hf.co/user/repo-gguf:q4_k_m"), "weights");
  EXPECT_EQ(fs::hard_link_count(blob), 2u);
  EXPECT_EQ(store_->find(*ModelName::parse("hf.co/User/Llama"))->manifest.origin,
            "hf.co/User/Llama@" + kCommit);
  EXPECT_NE(log_.find("left out"), std::string::npos);
}

TEST_F(ImportFiles, ModelsOfLmStudioAndLlamaCppAreFound) {
  write(".lmstudio/models/pub/Repo-GGUF/Repo-Q4_K_M.gguf", "a");
  write(".lmstudio/models/pub/Repo-GGUF/mmproj-Repo-f16.gguf", "eyes");
  write(".lmstudio/models/pub/Two/A-Q8_0.gguf", "b");
  write(".lmstudio/models/pub/Two/B-Q8_0.gguf", "c");
  write(".cache/llama.cpp/user_repo_Tiny-Q8_0.gguf", "d");
  const auto models = find("lmstudio");
  EXPECT_EQ(names(models),
            (std::vector<std::string>{"hf.co/pub/Repo-GGUF:Q4_K_M", "hf.co/pub/Two:A-Q8_0.gguf",
                                      "hf.co/pub/Two:B-Q8_0.gguf"}));
  import_all(models);
  EXPECT_EQ(read(store_->find(*ModelName::parse("hf.co/pub/Repo-GGUF"))->projector), "eyes");
  const auto cached = find("llama.cpp");
  EXPECT_EQ(names(cached), std::vector<std::string>{"user_repo_tiny:q8_0"});
  import_all(cached);
  EXPECT_EQ(opened("user_repo_tiny:q8_0"), "d");
}

}  // namespace
}  // namespace hearth
