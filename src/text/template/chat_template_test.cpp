#include "text/template/chat_template.h"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

Result<OriginText> render(const std::string& source, const ChatTemplate::Input& input = {},
                          ChatTemplateOptions options = {}) {
  auto parsed = ChatTemplate::parse(source, std::move(options));
  if (!parsed) return std::unexpected(parsed.error());
  return parsed->render(input);
}

std::string text_of(const Result<OriginText>& text) {
  return text ? text->text() : "error: " + text.error().message;
}

Error error_of(const Result<OriginText>& text) {
  return text ? Error{ErrorCode::kInternal, text->text(), ""} : text.error();
}

Json user(const std::string& content) { return {{"role", "user"}, {"content", content}}; }

TEST(ChatTemplate, GivesTheTemplateItsVariables) {
  ChatTemplate::Input input;
  input.messages = Json::array({user("hi")});
  input.tools = {{{"name", "f"}}};
  input.documents = {{{"title", "t"}}};
  input.extra = {{"enable_thinking", false}};
  EXPECT_EQ(
      text_of(render("{{ messages[0].content }} {{ tools }} {{ documents }} {{ add_generation_prompt }} "
                     "{{ enable_thinking }}",
                     input)),
      "hi [{'name': 'f'}] [{'title': 't'}] True False");
  EXPECT_EQ(text_of(render("{{ messages }} {{ tools }} {{ documents }} {{ bos_token is defined }}")),
            "[] None None False");
}

TEST(ChatTemplate, KnowsItsSpecialTokens) {
  const ChatTemplateOptions options = {
      .bos_token = "<s>", .eos_token = "</s>", .special_tokens = {{"image_token", "<image>"}}};
  EXPECT_EQ(text_of(render("{{ bos_token }}{{ image_token }}{{ eos_token }}", {}, options)),
            "<s><image></s>");
}

TEST(ChatTemplate, PassesReasoningUnderEveryName) {
  const std::string source = "{% for m in messages %}{{ m.items()|list }}{% endfor %}";
  ChatTemplate::Input input;
  input.messages = {{{"role", "assistant"}, {"reasoning", "hm"}}};
  EXPECT_EQ(text_of(render(source, input)),
            "[('thinking', 'hm'), ('role', 'assistant'), ('reasoning', 'hm'), ('reasoning_content', 'hm')]");
  input.messages = {{{"reasoning_content", nullptr}, {"thinking", "b"}}};
  EXPECT_EQ(text_of(render(source, input)), "[('thinking', 'b'), ('reasoning_content', 'b')]");
  input.messages = Json::array({user("x")});
  EXPECT_EQ(text_of(render(source, input)), "[('role', 'user'), ('content', 'x')]");
}

TEST(ChatTemplate, HandsOnWhatTheTemplateRefuses) {
  const Error error = error_of(render("{{ raise_exception('roles must alternate') }}"));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message, "roles must alternate");
  EXPECT_FALSE(error.hint.empty());
}

TEST(ChatTemplate, NamesUnknownConstructsAndTheirLines) {
  struct Case {
    std::string source, what;
  };
  const Case cases[] = {
      {"\n{% include 'x' %}", "line 2: the tag 'include'"},
      {"{% import 'x' as y %}", "line 1: the tag 'import'"},
      {"{% extends 'x' %}", "line 1: the tag 'extends'"},
      {"{% block b %}{% endblock %}", "line 1: the tag 'block'"},
      {"{% autoescape true %}{% endautoescape %}", "line 1: the tag 'autoescape'"},
      {"a\n\n{% frobnicate %}", "line 3: the tag 'frobnicate'"},
      {"{{ 1|frobnicate }}", "line 1: no filter named 'frobnicate'"},
      {"{{ 1 is frobnicate }}", "line 1: no test named 'frobnicate'"},
      {"{% if 1 %}\n{{ 1|frobnicate }}{% endif %}", "line 2: no filter named 'frobnicate'"},
      {"{{\nfrobnicate(1) }}", "line 2: no function named 'frobnicate'"},
      {"{{ 'a'.encode() }}", "line 1: the method 'encode' of str"},
      {"{{ [1]|random }}", "line 1: the filter 'random'"},
      {"{{ 'a'|urlize }}", "line 1: the filter 'urlize'"},
      {"{{ {}|pprint }}", "line 1: the filter 'pprint'"},
      {"{{ 'a'|wordwrap }}", "line 1: the filter 'wordwrap'"},
      {"{{ lipsum() }}", "line 1: the function lipsum()"},
      {"{{ strftime_now('%Y') }}", "no clock"},
      {"{{ '\\N{BULLET}' }}", "line 1: the escape \\N"},
  };
  for (const Case& expected : cases) {
    const Error error = error_of(render(expected.source));
    EXPECT_EQ(error.code, ErrorCode::kUnsupported) << expected.source;
    EXPECT_THAT(error.message, HasSubstr(expected.what)) << expected.source;
  }
}

TEST(ChatTemplate, NamesBrokenSyntaxAndItsLine) {
  struct Case {
    std::string source, what;
  };
  const Case cases[] = {
      {"\n\n{% if 1 %}", "line 3: the template ends where 'endif' is expected"},
      {"{{ 1 + }}", "line 1: expected an expression, found '}}'"},
      {"{{ 'a }}", "line 1: a string is not closed"},
      {"{# a", "line 1: a comment is not closed"},
      {"\n{% raw %}", "line 2: 'raw' is not closed"},
      {"{{ (1] }}", "line 1: unexpected ']'"},
      {"{{ 1 ? 2 }}", "line 1: unexpected character '?'"},
      {"{% endif %}", "line 1: 'endif' does not belong here"},
      {"{% for x of y %}", "line 1: expected 'in', found 'of'"},
      {"{% set true = 1 %}", "line 1: cannot assign to 'true'"},
      {"{% break %}", "line 1: 'break' outside of a loop"},
      {"{{ f(a=1, 2) }}", "line 1: arguments in an invalid order"},
  };
  for (const Case& expected : cases) {
    const Error error = error_of(render(expected.source));
    EXPECT_EQ(error.code, ErrorCode::kCorruptData) << expected.source;
    EXPECT_THAT(error.message, HasSubstr(expected.what)) << expected.source;
  }
}

TEST(ChatTemplate, NamesTheLineOfWhatFails) {
  const Error error = error_of(render("a\n{% for m in [1] %}\n{{ m }}\n{{ m.x.y }}\n{% endfor %}"));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message, "chat template: line 4: 'int object' has no attribute 'x'");
  EXPECT_THAT(error_of(render("{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n\n{{ m() }}")).message,
              HasSubstr("line 2: division"));
}

TEST(ChatTemplate, RefusesReservedVariables) {
  for (const char* name : {"messages", "tools", "tokenize", "chat_template", "bos_token", "image_token",
                           "add_generation_prompt", "raise_exception", "range", "continue_final_message"}) {
    ChatTemplate::Input input;
    input.extra[name] = true;
    const Error error = error_of(render("x", input));
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << name;
    EXPECT_THAT(error.message, HasSubstr(name));
  }
  EXPECT_FALSE(is_reserved_template_name("enable_thinking"));
}

TEST(ChatTemplate, RefusesWhatIsNoConversation) {
  ChatTemplate::Input input;
  const auto refused = [&] {
    return error_of(render("{{ messages }}{{ tools }}{{ documents }}", input)).code;
  };
  input.messages = "hi";
  EXPECT_EQ(refused(), ErrorCode::kInvalidArgument);
  input.messages = {"hi"};
  EXPECT_EQ(refused(), ErrorCode::kInvalidArgument);
  input.messages = Json::array();
  input.tools = {1};
  EXPECT_EQ(refused(), ErrorCode::kInvalidArgument);
  input.tools = nullptr;
  input.documents = {{"title", "t"}};
  EXPECT_EQ(refused(), ErrorCode::kInvalidArgument);
  input.documents = nullptr;
  input.extra = Json::array();
  EXPECT_EQ(refused(), ErrorCode::kInvalidArgument);
}

TEST(ChatTemplate, ShowsNothingOfAHost) {
  for (const char* expression :
       {"''.__class__", "().__class__", "[].__init__", "range.__globals__", "namespace.__class__",
        "messages.__class__", "cycler.__init__", "raise_exception.__self__", "{}['__class__']",
        "''['__class__']", "''|attr('__class__')", "d.mro", "self", "config", "request",
        "''.format.__self__"}) {
    const std::string defined = std::string("{% set d = {} %}{{ (") + expression + ") is defined }}";
    EXPECT_EQ(text_of(render(defined)), "False") << expression;
    EXPECT_EQ(text_of(render(std::string("{% set d = {} %}{{ ") + expression + " }}")), "") << expression;
    EXPECT_FALSE(render(std::string("{% set d = {} %}{{ (") + expression + ").x }}")) << expression;
  }
  EXPECT_FALSE(render("{{ '{0.__class__.__mro__}'.format(1) }}"));
  EXPECT_FALSE(render("{{ [].append(1) }}"));
  EXPECT_FALSE(render("{{ {}.update(a=1) }}"));
}

TEST(ChatTemplate, KeepsIntegersWithin64Bits) {
  EXPECT_EQ(text_of(render("{{ 18446744073709551615 }} {{ -9223372036854775808 }} {{ 2 ** 63 }}")),
            "18446744073709551615 -9223372036854775808 9223372036854775808");
  for (const char* expression :
       {"2 ** 64", "18446744073709551615 + 1", "10 ** 40", "18446744073709551616", "-9223372036854775807 - 2",
        "4294967296 * 4294967296", "'99999999999999999999'|int"}) {
    EXPECT_EQ(error_of(render(std::string("{{ ") + expression + " }}")).code, ErrorCode::kResourceLimit)
        << expression;
  }
}

TEST(ChatTemplate, ObeysItsLimits) {
  const auto code = [](const std::string& source, JinjaLimits limits) {
    return error_of(render(source, {}, {.limits = limits})).code;
  };
  const std::string loop = "{% for i in range(1000) %}{{ i }}{% endfor %}";
  EXPECT_TRUE(render(loop).has_value());
  EXPECT_EQ(code(loop, {.max_steps = 1000}), ErrorCode::kResourceLimit);
  EXPECT_EQ(code(loop, {.max_output = 1000}), ErrorCode::kResourceLimit);
  EXPECT_EQ(code(loop, {.max_range = 999}), ErrorCode::kResourceLimit);
  EXPECT_EQ(code(loop, {.max_source = 10}), ErrorCode::kResourceLimit);
  EXPECT_EQ(code("{{ [[[[[1]]]]] }}", {.max_depth = 4}), ErrorCode::kResourceLimit);
  EXPECT_EQ(code("{% set x = 'a' * 100000 %}", {.max_memory = 50000}), ErrorCode::kResourceLimit);
}

TEST(ChatTemplate, RefusesInputNestedTooDeep) {
  ChatTemplate::Input input;
  Json nested = 1;
  for (int i = 0; i < 200; ++i) nested = Json::array({std::move(nested)});
  input.extra["x"] = std::move(nested);
  EXPECT_EQ(error_of(render("{{ x }}", input)).code, ErrorCode::kResourceLimit);
  EXPECT_EQ(text_of(render("not read", input)), "not read");
}

TEST(ChatTemplate, SaysWhatItReads) {
  const auto parsed = ChatTemplate::parse(
      "{% for m in messages %}{{ m.tools }}{% endfor %}{% if enable_thinking %}{% endif %}{% set x = 1 %}{{ "
      "x }}");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(parsed->reads("messages"));
  EXPECT_TRUE(parsed->reads("enable_thinking"));
  EXPECT_FALSE(parsed->reads("tools"));
  EXPECT_FALSE(parsed->reads("x"));
}

TEST(ChatTemplate, PrintsTheTimeOfItsClock) {
  ChatTemplate::Input input;
  int calls = 0;
  input.local_time = [&] {
    ++calls;
    std::tm time = {};
    time.tm_year = 124, time.tm_mon = 11, time.tm_mday = 30, time.tm_wday = 1, time.tm_yday = 364;
    time.tm_hour = 0, time.tm_min = 7, time.tm_sec = 59;
    return time;
  };
  const std::string format =
      "%a %A %b %B %c|%C %d %D %e|%F %g %G %H %I %j|%k %l %m %M %n%p %P|%r %R %S %t%T %u %U|%V %w %W %x %X "
      "%y %Y|%% %z%Z|"
      "%-d %-m %-H %-I %_d %_H %05d %^a %#B %-j|%E %q %";
  EXPECT_EQ(text_of(render("{{ strftime_now('" + format + "') }}{{ strftime_now('%Y') }}", input)),
            "Mon Monday Dec December Mon Dec 30 00:07:59 2024|20 30 12/30/24 30|2024-12-30 25 2025 00 12 365|"
            " 0 12 12 07 \nAM am|12:07:59 AM 00:07 59 \t00:07:59 1 52|01 1 53 12/30/24 00:07:59 24 2024|% |"
            "30 12 0 12 30  0 00030 MON DECEMBER 365|%E %q %2024");
  EXPECT_EQ(calls, 1);
}

TEST(ChatTemplate, DefaultIsChatMl) {
  ChatTemplate::Input input;
  input.messages = {{{"role", "system"}, {"content", "s\n"}},
                    {{"role", "user"}, {"content", "ab"}},
                    {{"role", "assistant"}, {"content", ""}}};
  EXPECT_EQ(
      text_of(render(std::string(default_chat_template()), input)),
      "<|im_start|>system\ns\n<|im_end|>\n<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\n<|im_end|>\n"
      "<|im_start|>assistant\n");
  input.add_generation_prompt = false;
  input.messages = Json::array({user("x")});
  EXPECT_EQ(text_of(render(std::string(default_chat_template()), input)), "<|im_start|>user\nx<|im_end|>\n");
}

TEST(ChatTemplate, RendersFromManyThreads) {
  const auto parsed = ChatTemplate::parse(std::string(default_chat_template()));
  ASSERT_TRUE(parsed.has_value());
  std::vector<std::string> texts(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < texts.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int turn = 0; turn < 50; ++turn) {
        ChatTemplate::Input input;
        input.messages = Json::array({user("hi " + std::to_string(i))});
        texts[i] = text_of(parsed->render(input));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(texts[i], "<|im_start|>user\nhi " + std::to_string(i) + "<|im_end|>\n<|im_start|>assistant\n");
  }
}

}  // namespace
}  // namespace hearth
