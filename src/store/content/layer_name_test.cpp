#include "store/content/layer_name.h"

#include <string>

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(LayerName, PathsWithinAFolderAreTaken) {
  for (const char* name : {"config.json", "model-00001-of-00002.safetensors", "1_Pooling/config.json",
                           "a/b/c/d", "with space.txt", "gr\xc3\xbc\xc3\x9f.json", "a..b"}) {
    EXPECT_TRUE(check_layer_name(name)) << name;
  }
  EXPECT_TRUE(check_layer_name(std::string(255, 'a')));
}

TEST(LayerName, WhatLeadsElsewhereIsRefused) {
  std::string deep = "a";
  for (int i = 0; i < 16; ++i) deep += "/a";
  for (const std::string& name : {std::string(),
                                  std::string("/"),
                                  std::string("/etc/passwd"),
                                  std::string(".."),
                                  std::string("."),
                                  std::string("../a"),
                                  std::string("a/../b"),
                                  std::string("a/.."),
                                  std::string("a/./b"),
                                  std::string("a//b"),
                                  std::string("a/"),
                                  std::string(".hidden"),
                                  std::string("a/.git/config"),
                                  std::string("a\\..\\b"),
                                  std::string("C:\\a"),
                                  std::string("a\0b", 3),
                                  std::string("a\nb"),
                                  std::string("a\x1b[2J"),
                                  std::string("a\x7f"),
                                  std::string(256, 'a'),
                                  "a/" + std::string(256, 'b'),
                                  deep}) {
    const Status status = check_layer_name(name);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code, ErrorCode::kCorruptData);
  }
}

}  // namespace
}  // namespace hearth
