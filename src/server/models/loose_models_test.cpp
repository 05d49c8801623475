#include "server/models/loose_models.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "server/testing/server_rig.h"

namespace hearth::server {
namespace {

namespace fs = std::filesystem;

class LooseModelsTest : public ::testing::Test {
 protected:
  LooseModelsTest() {
    fs::create_directories(folder_ / "org");
    for (const char* name : {"a.gguf", "org/b.gguf", "notes.txt", "org/.hidden.gguf"})
      std::ofstream(folder_ / name) << "x";
    std::ofstream(outer_.path() / "outside.gguf") << "x";
  }
  testing::TestFolder outer_;
  const fs::path folder_ = outer_.path() / "models";
  const LooseModels models_{[this](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "HEARTH_MODELS") return folder_.string();
    return std::nullopt;
  }};
};

TEST_F(LooseModelsTest, AreListedAndFoundByTheirPlace) {
  std::vector<std::string> names;
  for (const FoundModel& model : models_.list()) names.push_back(model.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "org/b"}));
  for (const char* name : {"a", "a.gguf"}) EXPECT_EQ(models_.find(name)->path, folder_ / "a.gguf");
  EXPECT_EQ(models_.find("org/b")->path, folder_ / "org/b.gguf");
  EXPECT_EQ(models_.find("a")->num_bytes, 1u);
}

TEST_F(LooseModelsTest, NoNameLeadsElsewhere) {
  const std::string outside = (outer_.path() / "outside").string();
  const std::string elsewhere[] = {"../outside", "org/../../outside",
                                   outside,      outside + ".gguf",
                                   "",           ".",
                                   "..",         "org/.hidden",
                                   "b",          "notes.txt",
                                   "notes",      std::string("a\0b", 3),
                                   "org\\b",     std::string(100'000, 'a')};
  for (const std::string& name : elsewhere) {
    const auto found = models_.find(name);
    ASSERT_FALSE(found.has_value()) << name;
    EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  }
}

}  // namespace
}  // namespace hearth::server
