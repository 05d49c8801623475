#include "cli/served_models.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace hearth {
namespace {

ApiModel named(std::string id) {
  ApiModel model;
  model.id = std::move(id);
  model.context = 7;
  return model;
}

TEST(ServedModels, AreListedByTheirNameAndEachAliasOnce) {
  const auto models = name_models(named("own"), {"gpt-4o", "own", "org/name:tag", "gpt-4o"});
  ASSERT_TRUE(models.has_value());
  ASSERT_EQ(models->size(), 3u);
  EXPECT_EQ((*models)[0].id, "own");
  EXPECT_EQ((*models)[1].id, "gpt-4o");
  EXPECT_EQ((*models)[2].id, "org/name:tag");
  EXPECT_EQ((*models)[2].context, 7u);
}

TEST(ServedModels, RefuseWhatIsNoName) {
  for (const std::string& alias : {std::string(), std::string("a b"), std::string("\x1b[2J"),
                                   std::string("\xc3"), std::string(600, 'a')}) {
    const auto models = name_models(named("own"), {alias});
    ASSERT_FALSE(models.has_value()) << alias.size();
    EXPECT_EQ(models.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(models.error().message.find('\x1b'), std::string::npos);
  }
}

TEST(ServedModels, HaveAFingerprintOfTheirWeights) {
  const auto folder = std::filesystem::temp_directory_path() / "hearth_fingerprint_test";
  std::filesystem::create_directory(folder);
  const auto write = [&](const char* name, const char* text) {
    std::ofstream(folder / name) << text;
    return folder / name;
  };
  const auto a = fingerprint_of(write("a", "weights")), b = fingerprint_of(write("b", "others!"));
  ASSERT_TRUE(a && b);
  EXPECT_EQ(*a, *fingerprint_of(folder / "a"));
  EXPECT_NE(*a, *b);
  EXPECT_TRUE(a->starts_with("fp_"));
  EXPECT_FALSE(fingerprint_of(folder / "none").has_value());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hearth
