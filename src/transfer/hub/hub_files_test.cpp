#include "transfer/hub/hub_files.h"

#include <gtest/gtest.h>

namespace hearth::transfer {
namespace {

const std::string kSha1(40, 'a'), kSha256(64, 'b');

TEST(HubFiles, AListingIsRead) {
  const auto files = parse_hub_tree(R"([
    {"type":"directory","oid":")" + kSha1 +
                                    R"(","size":0,"path":"sub"},
    {"type":"file","oid":")" + kSha1 +
                                    R"(","size":12,"path":"sub/config.json"},
    {"type":"file","oid":")" + kSha1 +
                                    R"(","size":134,"path":"m.gguf","xetHash":"x",
     "lfs":{"oid":")" + kSha256 + R"(","size":5000000000,"pointerSize":134}}])");
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0], (HubFile{.path = "sub/config.json", .num_bytes = 12, .git_sha1 = kSha1}));
  EXPECT_EQ((*files)[1].num_bytes, 5'000'000'000u);
  EXPECT_EQ((*files)[1].sha256->hex(), kSha256);
  EXPECT_EQ((*files)[1].git_sha1, "");
}

TEST(HubFiles, BadListingsAreNamed) {
  const auto entry = [](const std::string& rest) { return R"([{"type":"file",)" + rest + "}]"; };
  for (const std::string& bad : std::vector<std::string>{
           "", "{}", "[1]", "[", "null", std::string(100, '['), entry(R"("size":1,"oid":")" + kSha1 + "\""),
           entry(R"("path":"a","oid":")" + kSha1 + "\""),
           entry(R"("path":"a","size":-1,"oid":")" + kSha1 + "\""),
           entry(R"("path":"a","size":1.5,"oid":")" + kSha1 + "\""),
           entry(R"("path":"a","size":99999999999999999999,"oid":")" + kSha1 + "\""),
           entry(R"("path":"a","size":1,"oid":"xyz")"), entry(R"("path":"a","size":1)"),
           entry(R"("path":"a","size":1,"lfs":{"oid":"../../x","size":1})"),
           entry(R"("path":"a","size":1,"lfs":{"oid":")" + kSha256 + "0\",\"size\":1}"),
           entry(R"("path":")" + std::string(5000, 'x') + R"(","size":1,"oid":")" + kSha1 + "\"")}) {
    const auto files = parse_hub_tree(bad);
    ASSERT_FALSE(files) << bad;
    EXPECT_EQ(files.error().code, ErrorCode::kCorruptData);
  }
}

TEST(HubFiles, RefsAreFound) {
  const std::string refs = R"({"branches":[{"name":"main","ref":"refs/heads/main","targetCommit":")" + kSha1 +
                           R"("}],"tags":[{"name":"v1","ref":"refs/tags/v1","targetCommit":"short"}]})";
  EXPECT_EQ(*find_hub_ref(refs, "main"), kSha1);
  EXPECT_EQ(*find_hub_ref(refs, "refs/heads/main"), kSha1);
  EXPECT_EQ(*find_hub_ref(refs, "other"), std::nullopt);
  EXPECT_FALSE(find_hub_ref(refs, "v1"));
  EXPECT_FALSE(find_hub_ref("[]", "main"));
  EXPECT_TRUE(is_commit(kSha1));
  EXPECT_FALSE(is_commit(std::string(40, 'A')));
  EXPECT_FALSE(is_commit(kSha1 + "a"));
}

TEST(HubFiles, TheNextPageIsFound) {
  EXPECT_EQ(next_link(R"(<https://h/x?cursor=a>; rel="next")"), "https://h/x?cursor=a");
  EXPECT_EQ(next_link(R"(<https://h/1>; rel="prev", <https://h/2>; rel="next")"), "https://h/2");
  EXPECT_EQ(next_link(R"(<https://h/1>; rel="prev")"), "");
  EXPECT_EQ(next_link("<"), "");
  EXPECT_EQ(next_link(">; rel=next <"), "");
  EXPECT_EQ(next_link(""), "");
}

}  // namespace
}  // namespace hearth::transfer
