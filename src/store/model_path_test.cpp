#include "store/model_path.h"

#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <unistd.h>

namespace hearth {
namespace {

namespace fs = std::filesystem;

class ModelPath : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) /
            ("model_path_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(root_);
    fs::create_directories(root_);
    variables_["HOME"] = root_.string();
  }
  void TearDown() override { fs::remove_all(root_); }
  fs::path touch(const std::string& name) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << "x";
    return root_ / name;
  }
  Environment environment() {
    return [this](const char* name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
  }

  fs::path root_;
  std::map<std::string, std::string> variables_;
};

TEST_F(ModelPath, APathIsTaken) {
  const fs::path file = touch("a/model.bin");
  EXPECT_EQ(*resolve_model(file.string(), environment()), file);
}

TEST_F(ModelPath, NamesAreFoundInTheUsersFolders) {
  const fs::path data = touch(".local/share/hearth/models/small.gguf");
  const fs::path cache = touch(".cache/hearth/SmolLM2.Q4_1.gguf");
  EXPECT_EQ(*resolve_model("small.gguf", environment()), data);
  EXPECT_EQ(*resolve_model("small", environment()), data);
  EXPECT_EQ(*resolve_model("SmolLM2.Q4_1", environment()), cache);
  EXPECT_EQ(*resolve_model("SmolLM2.Q4_1.gguf", environment()), cache);
}

TEST_F(ModelPath, AFolderOfFilesIsAModel) {
  const fs::path folder = touch(".cache/hearth/family/Llama/config.json").parent_path();
  EXPECT_EQ(*resolve_model("family/Llama", environment()), folder);
  EXPECT_FALSE(resolve_model("family", environment()).has_value());
}

TEST_F(ModelPath, VariablesMoveTheFolders) {
  const fs::path models = touch("models/family/tiny.gguf");
  const fs::path cache = touch("elsewhere/hearth/cached.gguf");
  touch(".local/share/hearth/models/hidden.gguf");
  variables_["HEARTH_MODELS"] = (root_ / "models").string();
  variables_["XDG_CACHE_HOME"] = (root_ / "elsewhere").string();
  EXPECT_EQ(*resolve_model("family/tiny", environment()), models);
  EXPECT_EQ(*resolve_model("cached", environment()), cache);
  EXPECT_FALSE(resolve_model("hidden", environment()).has_value());
}

TEST_F(ModelPath, TheStoreIsFoundByItsVariables) {
  EXPECT_EQ(store_folder(environment()), root_ / ".local/share/hearth/models");
  variables_["OLLAMA_MODELS"] = "/ollama";
  EXPECT_EQ(store_folder(environment()), "/ollama");
  variables_["HEARTH_MODELS"] = "/hearth";
  EXPECT_EQ(store_folder(environment()), "/hearth");
  EXPECT_EQ(model_folders(environment()).front(), "/hearth");
  variables_.clear();
  EXPECT_EQ(store_folder(environment()), std::nullopt);
}

TEST_F(ModelPath, FilesOfTheStoreAreNotLoose) {
  touch(".local/share/hearth/models/snapshots/0123/model-00001-of-00002.gguf");
  touch(".local/share/hearth/models/blobs/other.gguf");
  touch(".local/share/hearth/models/mine/blobs/loose.gguf");
  EXPECT_EQ(list_models(environment()), std::vector<std::string>{"mine/blobs/loose.gguf"});
}

TEST_F(ModelPath, TheErrorSaysWhereAndWhatIsThere) {
  touch(".local/share/hearth/models/b.gguf");
  touch(".cache/hearth/a-00001-of-00002.gguf");
  touch(".cache/hearth/a-00002-of-00002.gguf");
  touch(".cache/hearth/notes.txt");
  const Error error = resolve_model("missing", environment()).error();
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_NE(error.message.find("missing"), std::string::npos);
  EXPECT_NE(error.message.find(".local/share/hearth/models"), std::string::npos);
  EXPECT_NE(error.message.find(".cache/hearth"), std::string::npos);
  EXPECT_EQ(error.hint, "there is: a-00001-of-00002.gguf, b.gguf");
  EXPECT_EQ(list_models(environment()).size(), 2u);
}

TEST_F(ModelPath, AnEmptyHomeIsNoCrash) {
  variables_.clear();
  const Error error = resolve_model("missing", environment()).error();
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_FALSE(error.hint.empty());
  EXPECT_EQ(resolve_model("", environment()).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ModelPath, WhatIsClosedToUsIsNotCalledMissing) {
  touch("closed/model.gguf");
  fs::create_symlink("round", root_ / "round");
  const Error round = resolve_model((root_ / "round").string(), environment()).error();
  EXPECT_EQ(round.code, ErrorCode::kIo) << round.message;
  fs::permissions(root_ / "closed", fs::perms::none);
  // Nothing is closed to root.
  const uid_t user = ::geteuid();
  if (user == 0) {
    fs::permissions(root_, fs::perms::all);
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto found = resolve_model((root_ / "closed" / "model.gguf").string(), environment());
  variables_["HEARTH_MODELS"] = (root_ / "closed").string();
  const auto named = resolve_model("model", environment());
  if (user == 0) ASSERT_EQ(::seteuid(user), 0);
  fs::permissions(root_ / "closed", fs::perms::owner_all);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kIo);
  EXPECT_NE(found.error().message.find("Permission denied"), std::string::npos) << found.error().message;
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().code, ErrorCode::kIo) << named.error().message;
}

}  // namespace
}  // namespace hearth
