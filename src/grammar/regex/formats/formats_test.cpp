#include <fstream>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "grammar/regex/languages.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

/// What is valid and refused all the same, as docs/design/grammar.md says: what only a program can tell from
/// what is not valid.
const std::set<std::string> kRefused{
    "(?<name>x)",
    "(?<n>a)\\k<n>",
    // Names from right to left.
    "\u06FD\u06FE",
    "\u05D0\u05F3\u05D1",
    "\u05D0\u05F4\u05D1",
    "\u0628\u0660\u0628",
    "\u06F00",
    "\u0628\u064A\u200C\u0628\u064A",
};

bool is_refused(const std::string& name, const std::string& text) {
  const bool ascii_form = (name == "hostname" || name == "idn-hostname") && text.starts_with("xn--");
  return ascii_form || kRefused.contains(text) || (name == "idn-hostname" && text.size() > 63);
}

TEST(Formats, JudgeTheTestSuite) {
  std::ifstream file(std::string(HEARTH_SOURCE_DIR) + "/tests/fixtures/grammar/formats.json");
  const nlohmann::json formats = nlohmann::json::parse(file);
  EXPECT_EQ(formats.size(), 19u);
  for (const auto& [name, texts] : formats.items()) {
    const auto language = format_language(name);
    ASSERT_TRUE(language) << name;
    for (const std::string text : texts["valid"])
      EXPECT_EQ((*language)->matches(text), !is_refused(name, text)) << name << " " << text;
    for (const std::string text : texts["invalid"])
      EXPECT_FALSE((*language)->matches(text)) << name << " " << text;
  }
}

struct Case {
  const char* format;
  std::vector<std::string> taken, refused;
};

TEST(Formats, KnowWhatIsRare) {
  const std::string label(63, 'a');
  const std::string name = label + "." + label + "." + label + ".";
  const Case cases[] = {
      {"date",
       {"2000-02-29", "2024-02-29", "0000-01-01"},
       {"1900-02-29", "2100-02-29", "2023-02-29", "2023-04-31"}},
      {"date-time",
       {"2016-12-31T23:59:60Z", "2017-01-01T00:59:60+01:00", "2016-12-31T18:59:60.5-05:00",
        "1997-06-30T23:59:60-00:00"},
       {"2016-12-30T23:59:60Z", "2016-12-31T00:59:60+01:00", "2017-01-01T18:59:60-05:00",
        "2016-12-31T23:59:60+01:00"}},
      {"time", {"00:14:60+00:15", "23:44:60+23:45"}, {"00:14:60+00:30", "00:14:60Z"}},
      {"hostname", {name + std::string(61, 'a')}, {name + std::string(62, 'a'), "a.-b", "xn--x.com", "a_b"}},
      {"email",
       {std::string(64, 'x') + "@a.b", "\"a\\\"b\"@[IPv6:1::2]",
        "a@" + label + ".s3.eu-west-1.example.co.uk"},
       {std::string(65, 'x') + "@a.b", "a@b@c", "\"a\"b\"@c", "a@" + name + label,
        "a@" + name + std::string(62, 'a')}},
      {"idn-email",
       {"\u00E9\u00E9@\u00E9.b", std::string(64, 'x') + "@a.b"},
       {std::string(65, 'x') + "@a.b", "a@\u00E9..b"}},
      {"uri", {"a:", "http://[::1]:8080/?q#f", "a://b@c:1/d//e"}, {"", "//a", "http://[::1", "a:b[c]"}},
      {"iri", {"http://\u00E9.\u4E2D/\u00E9?\uE000"}, {"http://a/\uE000", "http://a/\u0080"}},
      {"regex",
       {"^([abc])+\\s+$", "(?:a|(b(c)))*?", "[^a-z\\]-]{2,10}", "\\p{Lu}(?!x)", ""},
       {"(", "a)", "[z-a]", "a{3,1}", "*a", "a**", "\\a", "(?i)a", "[a-\\d]", "(((((a)))))"}},
  };
  for (const Case& c : cases) {
    const TextDfaPtr language = *format_language(c.format);
    for (const std::string& text : c.taken) EXPECT_TRUE(language->matches(text)) << c.format << " " << text;
    for (const std::string& text : c.refused)
      EXPECT_FALSE(language->matches(text)) << c.format << " " << text;
  }
}

TEST(Formats, OthersAreAnnotations) {
  for (const char* name : {"", "int32", "URI", "date ", "color"}) EXPECT_FALSE(format_language(name)) << name;
}

TEST(Formats, AreMadeOnce) {
  std::vector<TextDfaPtr> made(4);
  {
    std::vector<std::jthread> threads;
    for (TextDfaPtr& language : made)
      threads.emplace_back([&language] { language = *format_language("ipv6"); });
  }
  for (const TextDfaPtr& language : made) EXPECT_EQ(language, made[0]);
}

/// A text that the language takes, drawn at random; ends are sought once it is long.
std::string random_text(const TextDfa& language, std::mt19937& random, size_t size) {
  std::u32string code_points;
  StateId state = language.start();
  while (!language.accepts(state) || (code_points.size() < size && random() % 8 != 0)) {
    std::vector<std::pair<uint32_t, StateId>> edges;
    language.for_each_edge(state, [&](uint32_t class_id, StateId next) {
      if (code_points.size() < size || language.least_rest(next) < language.least_rest(state))
        edges.emplace_back(class_id, next);
    });
    if (edges.empty()) break;
    const auto& [class_id, next] = edges[random() % edges.size()];
    code_points.push_back(language.alphabet().representative(class_id));
    state = next;
  }
  std::string text;
  for (const char32_t c : code_points) append_utf8(text, c);
  return text;
}

TEST(Formats, EveryRegexIsAnExpression) {
  const TextDfaPtr language = *format_language("regex");
  std::mt19937 random(7);
  Limits limits;
  limits.max_dfa_states = 50;  // reading is what counts here
  for (int i = 0; i < 3000; ++i) {
    const std::string text = random_text(*language, random, 1 + random() % 30);
    ASSERT_TRUE(language->matches(text)) << text;
    const auto expression = pattern_language(text, limits);
    EXPECT_TRUE(expression || expression.error().code != ErrorCode::kInvalidArgument)
        << text << ": " << expression.error().message;
  }
}

}  // namespace
}  // namespace hearth::grammar
