#include "server/models/describe_model.h"

#include <vector>

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

TEST(DescribeModel, AFingerprintIsOfTheWeightsAndTheProgram) {
  const FileStamp first{.device = 1, .inode = 2, .num_bytes = 3, .written_ns = 4, .changed_ns = 5};
  const std::vector<FileStamp> parts(2, first);
  const std::string expected = fingerprint_of(parts, "1.0");
  EXPECT_TRUE(expected.starts_with("fp_"));
  EXPECT_EQ(fingerprint_of(parts, "1.0"), expected);
  EXPECT_NE(fingerprint_of(parts, "1.1"), expected);
  EXPECT_NE(fingerprint_of(std::span(parts).first(1), "1.0"), expected);
  for (int64_t FileStamp::* time : {&FileStamp::written_ns, &FileStamp::changed_ns}) {
    std::vector<FileStamp> changed = parts;
    changed[1].*time += 1;
    EXPECT_NE(fingerprint_of(changed, "1.0"), expected) << "the second part was changed";
  }
}

}  // namespace
}  // namespace hearth::server
