#include "store/find_model.h"

#include "store/testing/test_folder.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

class FindModel : public TestFolder {
 protected:
  void SetUp() override {
    TestFolder::SetUp();
    variables_["HOME"] = root_.string();
    store_ = *open_user_store(environment(), no_log());
  }
  Environment environment() {
    return [this](const char* name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
  }
  void put(std::string_view name, const std::string& weights) {
    Manifest manifest;
    manifest.layers = {{std::string(media_type::kModel), *store_->blobs().put(weights), weights.size()}};
    ASSERT_TRUE(store_->put(*ModelName::parse(name), manifest));
  }
  Result<LocatedModel> find(std::string_view model) { return find_model(model, environment(), no_log()); }

  std::map<std::string, std::string> variables_;
  std::unique_ptr<ModelStore> store_;
};

TEST_F(FindModel, PathsComeFirstThenLooseFilesThenNames) {
  put("tiny", "stored");
  EXPECT_EQ(read(find("tiny")->path), "stored");
  EXPECT_EQ(find("tiny:latest")->stored->name.text(), "tiny");
  const fs::path loose = write(".local/share/hearth/models/tiny.gguf", "loose");
  EXPECT_EQ(find("tiny")->path, loose);
  EXPECT_FALSE(find("tiny")->stored);
  const fs::path file = write("tiny", "path");
  EXPECT_EQ(find(file.string())->path, file);
  EXPECT_EQ(read(find("tiny:latest")->path), "stored");
}

TEST_F(FindModel, ATagIsOnlyLeftOutWhereItIsTheDefault) {
  put("qwen3:4b", "a");
  put("hf.co/user/repo:Q4_K_M", "b");
  EXPECT_TRUE(find("QWEN3:4B"));
  const Error error = find("qwen3").error();
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_EQ(error.hint, "`hearth pull qwen3` fetches it; there is: hf.co/user/repo:Q4_K_M, qwen3:4b");
  // Of the hub without a quantisation is the best there is: the only one.
  EXPECT_EQ(read(find("hf.co/user/repo")->path), "b");
  put("hf.co/user/repo:Q8_0", "c");
  EXPECT_FALSE(find("hf.co/user/repo"));
}

TEST_F(FindModel, AFolderOfAnotherKindIsNotMeant) {
  put("tiny", "stored");
  fs::create_directories(root_ / ".cache/hearth/tiny");
  EXPECT_EQ(read(find("tiny")->path), "stored");
}

TEST_F(FindModel, AnErrorSaysWhatThereIsToDo) {
  EXPECT_EQ(find("missing").error().hint,
            "`hearth pull missing` fetches it, or give the path of a .gguf file");
  put("one", "1");
  EXPECT_EQ(find("missing").error().hint, "`hearth pull missing` fetches it; there is: one");
  // What is a path is not to be pulled.
  for (const char* path : {"./missing", "/missing/file", "missing.gguf", "../one", "~/one", "a b"}) {
    const Error error = find(path).error();
    EXPECT_EQ(error.code, ErrorCode::kNotFound) << path;
    EXPECT_EQ(error.hint.find("pull"), std::string::npos) << path << ": " << error.hint;
  }
  fs::resize_file(find("one")->path, 0);
  EXPECT_EQ(find("one").error().code, ErrorCode::kCorruptData);
  variables_.clear();
  EXPECT_EQ(find("one").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(open_user_store(environment(), no_log()));
}

TEST_F(FindModel, TheDefaultIsFoundByItsNamesOrItsFile) {
  const auto find_default = [&] { return default_model_name(environment(), no_log()); };
  EXPECT_EQ(find_default().error().code, ErrorCode::kNotFound);
  const fs::path file = write(".cache/hearth/SmolLM2-135M-Instruct.Q4_1.gguf", "file");
  EXPECT_EQ(find(*find_default())->path, file);
  put("smollm2:135m-instruct-q4_1", "true name");
  EXPECT_EQ(*find_default(), "smollm2:135m-instruct-q4_1");
  put("smollm2", "alias");
  EXPECT_EQ(*find_default(), "smollm2");
}

TEST_F(FindModel, NamesAreThoseOfTheStoreAndOfLooseFiles) {
  put("one", "1");
  write(".cache/hearth/two.gguf", "2");
  EXPECT_EQ(model_names(environment()), (std::vector<std::string>{"one", "two.gguf"}));
}

}  // namespace
}  // namespace hearth
