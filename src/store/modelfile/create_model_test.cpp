#include "store/modelfile/create_model.h"

#include <gmock/gmock.h>

#include "store/testing/test_folder.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CreateModelTest : public TestFolder {
 protected:
  void SetUp() override {
    TestFolder::SetUp();
    store_ = *ModelStore::open(root_ / "models", no_log());
  }
  Status create(std::string_view name, const std::string& text, CreateOptions options = {}) {
    options.folder = root_ / "work";
    return create_model(*ModelName::parse(name), TRY(Modelfile::parse(text)), *store_, options);
  }
  StoredModel find(std::string_view name) {
    auto model = store_->find(*ModelName::parse(name));
    EXPECT_TRUE(model) << model.error().message;
    return *model;
  }

  std::unique_ptr<ModelStore> store_;
};

TEST_F(CreateModelTest, AModelOfFilesAndOneOfThat) {
  write("work/tiny.gguf", "GGUF weights");
  write("work/lora.gguf", "GGUF lora");
  ASSERT_TRUE(create("base", "FROM ./tiny.gguf\nSYSTEM Be brief.\nPARAMETER temperature 0.5\n"));
  const StoredModel base = find("base");
  EXPECT_EQ(read(base.path), "GGUF weights");
  EXPECT_EQ(base.system, "Be brief.");

  std::vector<std::string> told;
  CreateOptions options;
  options.progress = [&](std::string_view status) { told.emplace_back(status); };
  ASSERT_TRUE(create(
      "pirate:1", "FROM base\nSYSTEM Arr.\nADAPTER lora.gguf\nPARAMETER seed 1\nMESSAGE user hi\n", options));
  const StoredModel pirate = find("pirate:1");
  EXPECT_EQ(pirate.path, base.path);
  EXPECT_EQ(pirate.system, "Arr.");
  EXPECT_EQ(pirate.parameters, R"({"seed":1,"temperature":0.5})");
  EXPECT_EQ(pirate.messages, R"([{"role":"user","content":"hi"}])");
  ASSERT_EQ(pirate.adapters.size(), 1u);
  EXPECT_EQ(read(pirate.adapters[0]), "GGUF lora");
  EXPECT_EQ(told.front(), "using existing layers of base");
  EXPECT_EQ(told.back(), "writing manifest");

  // The base goes; its weights stay with who needs them.
  ASSERT_TRUE(store_->remove(*ModelName::parse("base")));
  EXPECT_EQ(read(find("pirate:1").path), "GGUF weights");
}

TEST_F(CreateModelTest, AFolderAndADraft) {
  write("work/folder/config.json", "{}");
  write("work/folder/model.safetensors", "weights");
  write("work/draft.gguf", "GGUF draft");
  ASSERT_TRUE(create("small", "FROM draft.gguf\n"));
  ASSERT_TRUE(create("large", "FROM ./folder\nDRAFT small\n"));
  const StoredModel large = find("large");
  EXPECT_EQ(read(large.path / "model.safetensors"), "weights");
  EXPECT_EQ(read(large.draft), "GGUF draft");
}

TEST_F(CreateModelTest, WhatIsMissingIsFetchedOrSaid) {
  EXPECT_EQ(create("x", "FROM nothing\n").error().code, ErrorCode::kNotFound);
  const Status path = create("x", "FROM ./nothing.gguf\n");
  EXPECT_THAT(path.error().message, HasSubstr("FROM ./nothing.gguf"));
  EXPECT_FALSE(create("x", "FROM a\nADAPTER gone.gguf\n"));
  write("work/tiny.gguf", "GGUF weights");
  CreateOptions options;
  std::vector<std::string> fetched;
  options.fetch = [&](const ModelName& name) {
    fetched.push_back(name.text());
    return create(name.text(), "FROM tiny.gguf\n");
  };
  ASSERT_TRUE(create("x", "FROM faraway:2b\n", options));
  EXPECT_THAT(fetched, ElementsAre("faraway:2b"));
  EXPECT_EQ(create("y", "FROM x\nFROM faraway:2b\n").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(create("y", "FROM x\nPARAMETER heat 1\n").error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(store_->find(*ModelName::parse("y")));
}

}  // namespace
}  // namespace hearth
