#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sanitizer.h"
#include "text/template/chat_template.h"

namespace hearth {
namespace {

constexpr bool kMeasuresMemory = !kSanitized;

/// Far above what a bomb costs, so that a slow machine passes and a bomb without a limit does not.
constexpr rlim_t kMaxCpuSeconds = kSanitized ? 60 : 5;
constexpr long kMaxKilobytes = 64 * 1024;

std::string repeat(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

/// `for a in range(100000)` ten times over, around a body.
std::string nested_loops(const std::string& body, int depth = 3) {
  return repeat("{% for i in range(100000) %}", depth) + body + repeat("{% endfor %}", depth);
}

/// A loop that hands a value from turn to turn in ns.x.
std::string growing(const std::string& start, const std::string& next) {
  return "{% set ns = namespace(x=" + start + ") %}{% for i in range(100000) %}{% set ns.x = " + next +
         " %}{% endfor %}{{ ns.x|length }}";
}

struct Bomb {
  std::string name;
  std::string source;
};

// size-waiver: one table of bombs
std::vector<Bomb> bombs() {
  const std::string big = "('A' * 4000000)";
  return {
      {"huge range", "{{ range(10 ** 9) }}"},
      {"huge range in a loop", "{% for i in range(1000000000) %}x{% endfor %}"},
      {"huge range by keyword of a step", "{% for i in range(0, 10 ** 15, 7) %}x{% endfor %}"},
      {"nested loops", nested_loops("x")},
      {"nested empty loops", nested_loops("")},
      {"nested loops that filter", "{% for i in range(100000) if range(100000)|sum < 0 %}x{% endfor %}"},
      {"repeated string", "{{ 'A' * 10 ** 9 }}"},
      {"repeated string of some bytes", "{{ 'abc' * 10 ** 9 }}"},
      {"repeated by turns", "{{ 'A' * 10000 * 10000 }}"},
      {"repeated list", "{{ ([0] * 10 ** 9)|length }}"},
      {"repeated list by turns", "{{ ([0] * 1000 * 1000 * 1000)|length }}"},
      {"repeated tuple", "{{ ((0, 1) * 10 ** 8)|length }}"},
      {"doubling string", growing("'AAAAAAAA'", "ns.x ~ ns.x")},
      {"growing string", growing("''", "ns.x ~ 'A' * 10000")},
      {"doubling list", growing("[1]", "ns.x + ns.x")},
      {"growing list", growing("[]", "ns.x + [i, i, i, i]")},
      {"list in a list", growing("[]", "[ns.x, ns.x]")},
      {"dict in a dict", growing("{}", "{'a': ns.x, 'b': ns.x}")},
      {"printed list in a list", growing("[1]", "[ns.x, ns.x]") + "{{ ns.x }}"},
      {"compared lists in lists",
       "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}"
       "{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}"},
      {"dumped list in a list",
       "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ "
       "ns.x|tojson }}"},
      {"growing dict", growing("{}", "dict(ns.x, **{i|string: i})")},
      {"growing dict of pairs", growing("{}", "dict(ns.x.items()|list + [(i, i)])")},
      {"growing namespace",
       "{% set ns = namespace() %}" + nested_loops("{% set ns.x = namespace(a=ns) %}", 2)},
      {"recursive macro", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"},
      {"recursive macro, twice", "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}"},
      {"branching recursion",
       "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}x{% endmacro %}{{ m(60) }}"},
      {"recursion through arguments", "{% macro m(x) %}{{ m(x ~ x) }}{% endmacro %}{{ m('ab') }}"},
      {"recursion through a call block",
       "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{% call m() %}x{% endcall %}"},
      {"recursive loop", "{% for x in [1] recursive %}{{ loop([x]) }}{% endfor %}"},
      {"deep parentheses", "{{ " + repeat("(", 100000) + "1" + repeat(")", 100000) + " }}"},
      {"deep lists", "{{ " + repeat("[", 100000) + repeat("]", 100000) + " }}"},
      {"deep dicts", "{{ " + repeat("{1:", 100000) + "1" + repeat("}", 100000) + " }}"},
      {"many nots", "{{ " + repeat("not ", 100000) + "1 }}"},
      {"many signs", "{{ " + repeat("-", 100000) + "1 }}"},
      {"many powers", "{{ 1" + repeat(" ** 1", 200000) + " }}"},
      {"many filters", "{{ 'a'" + repeat("|upper", 150000) + " }}"},
      {"many attributes", "{{ a" + repeat(".a", 400000) + " }}"},
      {"many subscripts", "{{ a" + repeat("[0]", 300000) + " }}"},
      {"many calls", "{{ a" + repeat("()", 400000) + " }}"},
      {"many conditions", "{{ 1" + repeat(" if 1 else 1", 80000) + " }}"},
      {"many tests", "{{ 1" + repeat(" is odd", 140000) + " }}"},
      {"deep ifs", repeat("{% if 1 %}", 50000) + repeat("{% endif %}", 50000)},
      {"deep fors", repeat("{% for i in 'ab' %}", 200) + repeat("{% endfor %}", 200)},
      {"deep fors within the limit", repeat("{% for i in 'ab' %}", 45) + repeat("{% endfor %}", 45)},
      {"deep targets", "{% set " + repeat("(", 100000) + "a" + repeat(")", 100000) + " = 1 %}"},
      {"deep macros", repeat("{% macro m() %}", 30000) + repeat("{% endmacro %}", 30000)},
      {"huge power", "{{ 10 ** 10 ** 9 }}"},
      {"power of a power", "{{ 9 ** 9 ** 9 ** 9 }}"},
      {"huge center", "{{ 'a'|center(10 ** 9) }}"},
      {"huge method center", "{{ 'a'.center(10 ** 12) }}"},
      {"huge ljust", "{{ 'a'.ljust(10 ** 12) }}"},
      {"huge zfill", "{{ '1'.zfill(10 ** 12) }}"},
      {"huge tabs", "{{ ('\\t' * 100000).expandtabs(100000) }}"},
      {"huge indent", "{{ ('\\na' * 100000)|indent(100000) }}"},
      {"huge indent of JSON", "{{ [[[1]]]|tojson(indent=10 ** 9) }}"},
      {"huge width", "{{ '%1000000000d' % 1 }}"},
      {"huge width by argument", "{{ '%*d' % (10 ** 9, 1) }}"},
      {"huge precision", "{{ '%.1000000000f' % 1.5 }}"},
      {"huge precision of an int", "{{ '%.1000000000d' % 1 }}"},
      {"huge format width", "{{ '{:1000000000}'.format('a') }}"},
      {"huge format precision", "{{ '{:.1000000000f}'.format(1.5) }}"},
      {"many fields", "{{ ('%s' * 100000) % ((" + big + ",) * 100000) }}"},
      {"many big fields", "{{ ('{0}' * 1000).format(" + big + ") }}"},
      {"huge replace", "{{ " + big + "|replace('A', 'B' * 1000) }}"},
      {"huge replace of nothing", "{{ " + big + "|replace('', 'B' * 1000) }}"},
      {"huge join", "{{ range(100000)|join(" + big + ") }}"},
      {"huge join method", "{{ " + big + ".join(['a'] * 100000) }}"},
      {"many big splits", "{% for i in range(100000) %}{% set x = " + big + ".split('A') %}{% endfor %}"},
      {"many big slices", "{% for i in range(100000) %}{% set x = " + big + "[::-1] %}{% endfor %}"},
      {"many big cases",
       "{% for i in range(100000) %}{% set x = " + big + "|upper|lower|title %}{% endfor %}"},
      {"many big searches", "{% for i in range(100000) %}{% set x = 'B' in " + big + " %}{% endfor %}"},
      {"many big JSONs", "{% for i in range(100000) %}{% set x = " + big + "|tojson %}{% endfor %}"},
      {"many big escapes", "{% for i in range(100000) %}{% set x = ('<' * 1000000)|e %}{% endfor %}"},
      {"many big sorts",
       "{% for i in range(100000) %}{% set x = range(100000)|sort(reverse=true) %}{% endfor %}"},
      {"many big uniques", "{% for i in range(100000) %}{% set x = range(100000)|unique|list %}{% endfor %}"},
      {"many big lists", "{% for i in range(100000) %}{% set x = " + big + "|list %}{% endfor %}"},
      {"kept big lists", growing("[]", "ns.x + [range(100000)|list]")},
      {"kept big strings", growing("[]", "ns.x + ['A' * 1000000 ~ i]")},
      {"stacked generators", growing("[1]", "ns.x|map('string')") + "{{ ns.x|list }}"},
      {"much output", nested_loops(std::string(1000, 'x'))},
      {"much output in a macro",
       "{% macro m() %}" + nested_loops(std::string(1000, 'x')) + "{% endmacro %}{{ m() }}"},
      {"output in macros in macros",
       "{% macro m(n) %}{{ 'A' * 10000000 }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}"},
      {"set block that grows",
       "{% set x = '' %}" + nested_loops("{% set x %}{{ 'A' * 1000000 }}{% endset %}", 2)},
      {"batches of one", "{{ range(100000)|batch(1)|map('list')|map('length')|sum * 10 ** 30 }}"},
      {"groups of one", "{% for i in range(1000) %}{% set x = range(10000)|groupby(none) %}{% endfor %}"},
      {"slices of nothing", "{{ []|slice(10 ** 12)|list }}"},
      {"many arguments", "{{ dict(**dict(range(100000)|map('string')|zip)) }}"},
      {"huge argument list", "{{ range(*([1] * 1000000)) }}"},
      {"many numbers", "{{ " + repeat("1 + ", 250000) + "x.y }}"},
      {"long concatenation", growing("'a'", "ns.x" + repeat(" ~ ns.x", 100))},
      {"cycling loop objects", nested_loops("{% set x = loop.changed(loop) %}", 2)},
      {"cycling macros", nested_loops("{% macro m() %}{{ m }}{% endmacro %}{% set x = m %}", 2)},
  };
}

struct Cost {
  long kilobytes = 0;
  int exit_code = 0;
};

enum Outcome : int { kRendered = 0, kResourceLimit = 1, kOtherError = 2 };

Outcome run(const std::string& source) {
  const auto parsed = ChatTemplate::parse(source);
  const auto code = [](const Error& error) {
    return error.code == ErrorCode::kResourceLimit ? kResourceLimit : kOtherError;
  };
  if (!parsed) return code(parsed.error());
  const auto text = parsed->render({});
  return text ? kRendered : code(text.error());
}

/// Runs a template in a process of its own, whose memory the system counts and whose time it limits.
Cost measure(const std::string& source) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit = {kMaxCpuSeconds, kMaxCpuSeconds};
    setrlimit(RLIMIT_CPU, &limit);
    _exit(run(source));
  }
  int status = 0;
  rusage usage = {};
  wait4(child, &status, 0, &usage);
  return {usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

TEST(JinjaLimits, BombsStopSoonAndStaySmall) {
  const std::vector<Bomb> all = bombs();
  const Cost idle = measure("");
  ASSERT_EQ(idle.exit_code, kRendered);
  size_t num_stopped = 0;
  for (const Bomb& bomb : all) {
    SCOPED_TRACE(bomb.name);
    const Cost cost = measure(bomb.source);
    num_stopped += cost.exit_code == kResourceLimit || cost.exit_code == kOtherError ? 1 : 0;
    EXPECT_GE(cost.exit_code, 0) << "a signal ended it, as it does after " << kMaxCpuSeconds << " s";
    if (kMeasuresMemory) EXPECT_LT(cost.kilobytes - idle.kilobytes, kMaxKilobytes);
  }
  // Some turn out to be harmless here, and end.
  EXPECT_GE(num_stopped, all.size() - 4);
}

}  // namespace
}  // namespace hearth
