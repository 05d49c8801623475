#include "store/move_store.h"

#include "store/testing/test_folder.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

class MoveStore : public TestFolder {
 protected:
  void SetUp() override {
    TestFolder::SetUp();
    store_ = *ModelStore::open(root_ / "models", no_log());
    Manifest manifest;
    manifest.layers = {{std::string(media_type::kFile), *store_->blobs().put("{}"), 2, "config.json"}};
    ASSERT_TRUE(store_->put(*ModelName::parse("tiny"), manifest));
    write("models/loose.gguf", "loose");
  }
  std::string found() const { return read(store_->find(*ModelName::parse("tiny"))->path / "config.json"); }

  std::unique_ptr<ModelStore> store_;
};

TEST_F(MoveStore, ItIsFoundAsBefore) {
  ASSERT_TRUE(move_store(*store_, root_ / "far/away"));
  EXPECT_TRUE(fs::is_symlink(root_ / "models"));
  EXPECT_EQ(found(), "{}");
  EXPECT_EQ(read(root_ / "far/away/loose.gguf"), "loose");
  ASSERT_TRUE(store_->blobs().put("new"));
  // And once more, into a folder that is there.
  fs::create_directories(root_ / "empty");
  ASSERT_TRUE(move_store(*store_, root_ / "empty"));
  EXPECT_EQ(fs::read_symlink(root_ / "models"), root_ / "empty");
  EXPECT_FALSE(fs::exists(root_ / "far/away"));
  EXPECT_EQ(found(), "{}");
}

TEST_F(MoveStore, WhatIsTakenStaysAsItIs) {
  write("taken/file", "mine");
  const auto before = everything(root_);
  for (const char* place : {"taken", "taken/file", "models", "models/within"}) {
    EXPECT_FALSE(move_store(*store_, root_ / place)) << place;
  }
  auto after = everything(root_);
  std::erase_if(after, [](const auto& entry) { return entry.first.ends_with(".lock"); });
  auto expected = before;
  std::erase_if(expected, [](const auto& entry) { return entry.first.ends_with(".lock"); });
  EXPECT_EQ(after, expected);
}

TEST_F(MoveStore, BetweenFileSystemsItIsCopied) {
  // Memory is one where there is /dev/shm; elsewhere this is a move as any other.
  std::error_code error;
  const fs::path shared = fs::is_directory("/dev/shm", error) ? fs::path("/dev/shm") : root_.parent_path();
  const fs::path target = shared / (root_.filename().string() + "_far");
  fs::remove_all(target);
  ASSERT_TRUE(move_store(*store_, target));
  EXPECT_EQ(found(), "{}");
  EXPECT_EQ(read(target / "loose.gguf"), "loose");
  fs::remove_all(target);
}

}  // namespace
}  // namespace hearth
