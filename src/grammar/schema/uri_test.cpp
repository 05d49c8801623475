#include "grammar/schema/uri.h"

#include <gtest/gtest.h>

namespace hearth::grammar {
namespace {

TEST(Uri, ResolvesAsTheSpecificationsExamples) {
  // RFC 3986 5.4.
  constexpr std::string_view kBase = "http://a/b/c/d;p?q";
  constexpr std::pair<std::string_view, std::string_view> kExamples[] = {
      {"g:h", "g:h"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},
      {"g?y#s", "http://a/b/c/g?y#s"},
      {";x", "http://a/b/c/;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
  };
  for (const auto& [reference, resolved] : kExamples)
    EXPECT_EQ(resolve_uri(kBase, reference), resolved) << reference;
}

TEST(Uri, ResolvesWithoutAPathOrABase) {
  EXPECT_EQ(resolve_uri("", "a/b#c"), "a/b#c");
  EXPECT_EQ(resolve_uri("http://a", "b"), "http://a/b");
  EXPECT_EQ(resolve_uri("urn:uuid:1", "#x"), "urn:uuid:1#x");
  EXPECT_EQ(resolve_uri("folder/a", "b"), "folder/b");
}

TEST(Uri, DecodesPercents) {
  EXPECT_EQ(percent_decoded("a%20b%2Fc"), "a b/c");
  EXPECT_EQ(percent_decoded("a%2"), std::nullopt);
  EXPECT_EQ(percent_decoded("a%zz"), std::nullopt);
}

}  // namespace
}  // namespace hearth::grammar
