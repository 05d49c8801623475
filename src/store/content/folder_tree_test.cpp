#include "store/content/folder_tree.h"

#include <sys/stat.h>

#include "store/testing/test_folder.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

class FolderTreeTest : public TestFolder {};

TEST_F(FolderTreeTest, FilesAreWrittenReadAndRemovedWithTheirFolders) {
  const FolderTree tree(root_ / "store");
  ASSERT_TRUE(tree.write("a/b/c", "one"));
  ASSERT_TRUE(tree.write("a/b/c", "two"));
  ASSERT_TRUE(tree.write("a/d", "three"));
  EXPECT_EQ(*tree.read("a/b/c", 3), "two");
  EXPECT_EQ(tree.read("a/b/c", 2).error().code, ErrorCode::kResourceLimit);
  EXPECT_EQ(*tree.list("a"), (std::vector<std::string>{"b", "d"}));
  ASSERT_TRUE(tree.remove("a/b/c"));
  EXPECT_EQ(*tree.list("a"), std::vector<std::string>{"d"});
  EXPECT_EQ(tree.remove("a/b/c").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(*tree.list("none"), std::vector<std::string>());
  EXPECT_EQ(tree.read("none/x", 9).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(tree.remove_all("a"));
  EXPECT_TRUE(fs::is_empty(root_ / "store"));
}

TEST_F(FolderTreeTest, NothingLeadsOut) {
  write("outside/secret", "secret");
  fs::create_directories(root_ / "store" / "in");
  fs::create_directory_symlink(root_ / "outside", root_ / "store" / "link");
  fs::create_symlink(root_ / "outside" / "secret", root_ / "store" / "in" / "file");
  const auto before = everything(root_);
  const FolderTree tree(root_ / "store");
  for (const fs::path& path :
       {fs::path("../outside/secret"), fs::path("in/../../outside/secret"), fs::path("link/secret"),
        root_ / "outside" / "secret", fs::path(".."), fs::path(""), fs::path("in/."),
        fs::path("link/../../outside/secret"), fs::path(std::string("a\0b", 3))}) {
    EXPECT_FALSE(tree.read(path, 100)) << path;
    EXPECT_FALSE(tree.write(path, "x")) << path;
    EXPECT_FALSE(tree.remove(path)) << path;
    EXPECT_FALSE(tree.link(path, "x")) << path;
    EXPECT_FALSE(tree.open_lock(path)) << path;
    EXPECT_FALSE(tree.rename(path, "in/new")) << path;
    EXPECT_FALSE(tree.remove_all(path)) << path;
  }
  EXPECT_EQ(tree.read("in/file", 100).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(tree.open_lock("in/file"));
  EXPECT_FALSE(tree.list("link"));
  EXPECT_EQ(everything(root_), before);
  // What is written in the place of a link replaces the link.
  ASSERT_TRUE(tree.write("in/file", "own"));
  EXPECT_EQ(read(root_ / "outside" / "secret"), "secret");
  ASSERT_TRUE(tree.remove_all("link"));
  EXPECT_EQ(read(root_ / "outside" / "secret"), "secret");
}

TEST_F(FolderTreeTest, FoldersOfLinksAreRemovedAlone) {
  write("outside/secret", "secret");
  write("store/a/b/c/file", "x");
  fs::create_directory_symlink(root_ / "outside", root_ / "store" / "a" / "b" / "link");
  ASSERT_TRUE(FolderTree(root_ / "store").remove_all("a"));
  EXPECT_FALSE(fs::exists(root_ / "store" / "a"));
  EXPECT_EQ(read(root_ / "outside" / "secret"), "secret");
}

TEST_F(FolderTreeTest, WhatAKillHasLeftIsTidied) {
  write("a/b/file", "kept");
  write("a/b/.file.0123.tmp", "half");
  write("a/.hidden", "kept");
  write("outside/.x.tmp", "kept");
  fs::create_directories(root_ / "a/empty/inside");
  fs::create_directory_symlink(root_ / "outside", root_ / "a/link");
  const FolderTree tree(root_ / "a");
  ASSERT_TRUE(tree.tidy({}, 3, 3600));
  EXPECT_TRUE(fs::exists(root_ / "a/b/.file.0123.tmp"));
  ASSERT_TRUE(tree.tidy({}, 3, 0));
  EXPECT_EQ(*tree.list({}, FolderTree::Hidden::kToo), (std::vector<std::string>{".hidden", "b", "link"}));
  EXPECT_EQ(*tree.list("b", FolderTree::Hidden::kToo), std::vector<std::string>{"file"});
  EXPECT_TRUE(fs::exists(root_ / "outside/.x.tmp"));
}

TEST_F(FolderTreeTest, WhatIsNoFileIsNotWaitedFor) {
  fs::create_directories(root_ / "folder");
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  const FolderTree tree(root_);
  EXPECT_EQ(tree.read("pipe", 10).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(tree.read("folder", 10).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(tree.open_lock("folder"));
}

TEST_F(FolderTreeTest, AFailedWriteLeavesNothing) {
  const FolderTree tree(root_);
  ASSERT_TRUE(tree.write("file", "old"));
  const auto before = everything(root_);
  {
    const FullDisk full(1000);
    EXPECT_EQ(tree.write("file", std::string(5000, 'x')).error().code, ErrorCode::kNoSpace);
  }
  EXPECT_EQ(everything(root_), before);
}

TEST_F(FolderTreeTest, ForeignFoldersSayWhoseTheyAre) {
  write("store/file", "x");
  fs::permissions(root_ / "store", fs::perms(0755));
  const WithoutPrivileges narrow;
  const FolderTree tree(root_ / "store");
  EXPECT_EQ(*tree.read("file", 10), "x");
  const Error error = tree.write("new", "y").error();
  EXPECT_EQ(error.code, ErrorCode::kIo);
  EXPECT_NE(error.message.find("Permission denied"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("belongs to another user, uid 0"), std::string::npos) << error.message;
  EXPECT_NE(error.hint.find("HEARTH_MODELS"), std::string::npos) << error.hint;
}

}  // namespace
}  // namespace hearth
