#include "cli/served_models.h"

#include <vector>

#include <gtest/gtest.h>

namespace hearth::cli {
namespace {

api::ApiModel named(std::string id) {
  api::ApiModel model;
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
  const FileStamp first{.device = 1, .inode = 2, .num_bytes = 3, .written_ns = 4, .changed_ns = 5};
  const std::vector<FileStamp> parts(2, first);
  const std::string expected = fingerprint_of(parts);
  EXPECT_TRUE(expected.starts_with("fp_"));
  EXPECT_EQ(fingerprint_of(parts), expected);
  EXPECT_NE(fingerprint_of(std::span(parts).first(1)), expected);
  for (int64_t FileStamp::* time : {&FileStamp::written_ns, &FileStamp::changed_ns}) {
    std::vector<FileStamp> changed = parts;
    changed[1].*time += 1;
    EXPECT_NE(fingerprint_of(changed), expected) << "the second part was changed";
  }
}

}  // namespace
}  // namespace hearth::cli
