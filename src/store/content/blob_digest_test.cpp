#include "store/content/blob_digest.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

const std::string kHex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(BlobDigest, BothFormsAreRead) {
  const BlobDigest digest = *BlobDigest::parse("sha256:" + kHex);
  EXPECT_EQ(digest, *BlobDigest::parse("sha256-" + kHex));
  EXPECT_EQ(digest, BlobDigest(sha256({})));
  EXPECT_EQ(digest.hex(), kHex);
  EXPECT_EQ(digest.text(), "sha256:" + kHex);
  EXPECT_EQ(digest.file_name(), "sha256-" + kHex);
}

/// Everything that is like a digest and is none.
std::vector<std::string> bad_digests() {
  std::vector<std::string> bad = {"",
                                  "sha256",
                                  "sha256:",
                                  kHex,
                                  ":" + kHex,
                                  "sha256::" + kHex,
                                  "sha256:" + kHex + "0",
                                  "sha256:" + kHex.substr(1),
                                  "SHA256:" + kHex,
                                  "sha512:" + kHex,
                                  "sha1:" + kHex.substr(24),
                                  "sha256_" + kHex,
                                  "sha256/" + kHex,
                                  " sha256:" + kHex,
                                  "sha256:" + kHex + "\n",
                                  "sha256:" + kHex + std::string(1, '\0'),
                                  "sha256:../../../../../../../../../../../../../../../../etc/passwd",
                                  "sha256:" + std::string(58, '.') + "/a/../",
                                  "sha256-" + std::string(64, '/'),
                                  "sha256:0x" + kHex.substr(2),
                                  "sha256:" + std::string(1 << 20, 'a')};
  // One digit of a right one is wrong: each place, and each byte.
  for (size_t i = 0; i < kHex.size(); ++i) {
    std::string wrong = kHex;
    wrong[i] = i % 3 == 0 ? '/' : i % 3 == 1 ? '.' : 'G';
    bad.push_back("sha256:" + wrong);
  }
  for (int c = 0; c < 256; ++c) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) continue;
    std::string wrong = kHex;
    wrong[size_t(c) % kHex.size()] = char(c);
    bad.push_back("sha256:" + wrong);
  }
  return bad;
}

TEST(BlobDigest, WhatIsNoDigestIsRefused) {
  const std::vector<std::string> bad = bad_digests();
  EXPECT_GT(bad.size(), 200u);
  for (const std::string& text : bad) {
    const auto digest = BlobDigest::parse(text);
    ASSERT_FALSE(digest) << text.substr(0, 100);
    EXPECT_EQ(digest.error().code, ErrorCode::kInvalidArgument);
    EXPECT_LT(digest.error().message.size(), 200u);
  }
}

}  // namespace
}  // namespace hearth
