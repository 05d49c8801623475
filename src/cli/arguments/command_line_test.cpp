#include "cli/arguments/command_line.h"

#include <algorithm>
#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Option.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

// Every argument of every command, by its own declaration, in every place and form.

namespace hearth::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Words = std::vector<std::string>;

// What the shell may pass, and CLI11 and others make something else of.
const Words kTexts = {"word",      "",         "-",        "--",     "-x",      "--raw", "--seed=5",
                      "-1",        "a,b",      "[a,b]",    "[]",     "a=b",     "=",     "++",
                      "{a}",       "\"q\"",    "'",        "a b\nc", "C:\\dir", "/x",    "@file",
                      "%s{0}{}%n", "\xc3\xa9", "\xff\x01", "help",   "run"};

const Environment kNoEnvironment = [](const char*) { return std::nullopt; };

/// A program of one command, so that each case begins anew.
class OneCommand {
 public:
  OneCommand(const Command& command, const Words& path) : program_({command}), leaf_(&program_.arguments()) {
    for (const std::string& name : path) {
      const auto inner = std::ranges::find(leaf_->commands(), name,
                                           [](const Arguments& one) { return one.app().get_name(); });
      leaf_ = &*inner;
    }
  }
  Arguments& leaf() { return *leaf_; }
  Argument& at(size_t index) { return leaf_->all()[index]; }
  Result<CommandLine> read(const Words& words, const Environment& environment = kNoEnvironment) {
    return read_command_line(program_.arguments(), words, environment);
  }

 private:
  Program program_;
  Arguments* leaf_;
};

/// A command that does something, and the words that lead to it.
struct Leaf {
  Command command;
  Words path;
};

void add_leaves(const Command& command, const Arguments& arguments, Words path, std::vector<Leaf>& leaves) {
  path.push_back(arguments.app().get_name());
  if (arguments.run()) leaves.push_back({command, path});
  for (const Arguments& inner : arguments.commands()) add_leaves(command, inner, path, leaves);
}

std::vector<Leaf> all_leaves() {
  std::vector<Leaf> leaves;
  for (const Command& command : all_commands()) {
    Program program({command});
    for (const Arguments& arguments : program.arguments().commands()) {
      add_leaves(command, arguments, {}, leaves);
    }
  }
  return leaves;
}

Words split(std::string text, const std::string& separator) {
  Words parts;
  for (size_t at = 0; (at = text.find(separator)) != std::string::npos;) {
    parts.push_back(text.substr(0, at));
    text = text.substr(at + separator.size());
  }
  parts.push_back(text);
  return parts;
}

/// What the help of an option says of its values, which are numbers.
struct Range {
  std::optional<double> low, high;
  bool is_open = false;  ///< the lower end is not in it
};

std::optional<Range> range_of(const Argument::Facts& facts) {
  if (facts.type != "N" && facts.type != "X") return std::nullopt;
  Range range;
  std::string text = facts.allowed;
  if (text.empty()) return range;
  range.is_open = text.starts_with("above ");
  if (range.is_open) text = text.substr(6);
  const Words ends = split(text, " to ");
  if (ends.size() == 2) range.high = std::stod(ends[1]);
  if (ends.size() == 1 && text.contains(" or ") && !text.ends_with(" or more")) return std::nullopt;
  range.low = std::stod(ends[0]);
  return range;
}

/// As the command line takes it and help shows it.
std::string number_text(double value) { return fmt::format("{}", value); }

/// Whether it names something, and thus an empty value has no meaning.
bool is_never_empty(const Argument::Facts& facts) {
  constexpr std::string_view kTypes[] = {"FILE", "json|FILE", "MODEL", "NAME", "ID", "PATH", "DIR"};
  return std::ranges::find(kTypes, facts.type) != std::end(kTypes);
}

/// Values that the help of an option says it takes.
Words values_of(const Argument::Facts& facts) {
  if (const auto range = range_of(facts)) {
    if (!range->low) return {"1", "2"};
    const double low = *range->low + (range->is_open ? 0.25 : 0);
    return {number_text(low), number_text(range->high.value_or(low + 1))};
  }
  if (facts.type == "TOKEN=BIAS") return {"17=-5.5", "17=-inf"};
  if (facts.type == "STEPS") return {"top_k,temperature", "temperature"};
  if (facts.type == "SCOPES") return {"inference", "inference,manage"};
  if (facts.type == "DURATION") return {"5m", "90s"};
  if (facts.type == "BYTES") return {"500k", "10M"};
  if (facts.type == "TIME") return {"30s", "86400s"};
  if (facts.type == "ADDRESS") return {"127.0.0.1", "::1"};
  if (facts.type == "HOST") return {"example.org", "10.0.0.1"};
  if (facts.type == "ORIGIN") return {"https://example.org", "*"};
  if (facts.type == "URL") return {"http://localhost:4318", ""};
  if (facts.allowed.empty()) {
    Words texts = kTexts;
    if (is_never_empty(facts)) std::erase(texts, "");
    return texts;
  }
  Words names;
  for (const std::string& part : split(facts.allowed, ", ")) {
    for (const std::string& name : split(part, " or ")) names.push_back(name);
  }
  return names;
}

/// Values that it must refuse.
Words wrong_values_of(const Argument::Facts& facts) {
  if (const auto range = range_of(facts)) {
    Words values = {"",     " ",  "x",   "5x",      "5 ",  " 5",  "1,",
                    "0x10", "--", "+-5", "1e99999", "nan", "inf", "-inf"};
    if (facts.type == "N") values.insert(values.end(), {"1.5", "1e2", "99999999999999999999"});
    if (range->low) values.push_back(number_text(*range->low - (range->is_open ? 0 : 1)));
    if (range->high) values.push_back(number_text(*range->high + 1));
    return values;
  }
  if (facts.type == "TOKEN=BIAS") return {"", "5", "=1", "x=1", "1=", "1=x", "-5=1", "1=nan"};
  if (facts.type == "STEPS") return {"top_q", "top_k,,top_p", "top_k,top_k"};
  if (facts.type == "SCOPES") return {"all", "inference,all"};
  if (facts.type == "DURATION") return {"", "soon", "5x", "--5"};
  if (facts.type == "BYTES") return {"", "much", "5x", "0", "-1k", "1.5M", "9999999G"};
  if (facts.type == "TIME") return {"", "soon", "12", "m", "-1d", "0s", "1.5h", "999999999d"};
  if (facts.type == "ADDRESS") return {"", "[::1]"};
  if (facts.type == "HOST") return {"", "*"};
  if (facts.type == "ORIGIN") return {"", "nonsense"};
  if (facts.type == "URL") return {"nonsense", "ftp://example.org"};
  if (facts.allowed.empty()) return is_never_empty(facts) ? Words{""} : Words{};
  return {"", "nosuch", facts.allowed};
}

bool is_word(const Argument& argument) { return argument.option().get_positional(); }

Words names_of(const Argument& argument) {
  Words names;
  for (const std::string& name : argument.option().get_lnames()) names.push_back("--" + name);
  for (const std::string& name : argument.option().get_snames()) names.push_back("-" + name);
  return names;
}

/// Ways to write an option and its value.
std::vector<Words> forms(const Argument& argument, const std::string& value) {
  std::vector<Words> forms;
  for (const std::string& name : names_of(argument)) {
    if (!argument.facts().takes_value) {
      forms.push_back({name});
      continue;
    }
    forms.push_back({name, value});
    forms.push_back({name + "=" + value});
    // -n=5 is 5: what itself begins with "=" cannot be written behind a short name.
    if (name[1] != '-' && !value.empty() && value[0] != '=') forms.push_back({name + value});
  }
  return forms;
}

/// What a command needs beside the argument that is tried: its words, and the options it does not go without.
struct Base {
  Words words, behind_dashes, options;
};

Base base_of(const Arguments& leaf, const Argument& tried) {
  Base base;
  for (const Argument& argument : leaf.all()) {
    if (is_word(argument) && argument.facts().repeatable) {
      base.words.insert(base.words.end(), {"What is", "[a,b]", "++", "-", "", "-5", "->", "run"});
      base.behind_dashes = {"--seed", "-", "--", "-q", "--no=1"};
    } else if (is_word(argument) && (&argument != &tried)) {
      base.words.push_back(values_of(argument.facts()).front());
    } else if ((argument.is_required() || &argument == tried.needed()) && &argument != &tried) {
      base.options.insert(base.options.end(),
                          {names_of(argument).front(), values_of(argument.facts()).front()});
    }
  }
  return base;
}

/// The number of words that stand in front of a word.
size_t place_of(const Arguments& leaf, const Argument& tried) {
  size_t place = 0;
  for (const Argument& argument : leaf.all()) {
    if (&argument == &tried) break;
    if (is_word(argument) && !argument.facts().repeatable) ++place;
  }
  return is_word(tried) ? place : 0;
}

/// The command line with `tried` before the word with number `at`.
Words line(const Words& path, const Base& base, size_t at, const Words& tried) {
  Words words = path;
  words.insert(words.end(), base.options.begin(), base.options.end());
  words.insert(words.end(), base.words.begin(), base.words.begin() + ptrdiff_t(at));
  words.insert(words.end(), tried.begin(), tried.end());
  words.insert(words.end(), base.words.begin() + ptrdiff_t(at), base.words.end());
  if (!base.behind_dashes.empty()) words.emplace_back("--");
  words.insert(words.end(), base.behind_dashes.begin(), base.behind_dashes.end());
  return words;
}

Words words_taken(const Arguments& leaf, const Argument* but = nullptr) {
  Words words;
  for (const Argument& argument : leaf.all()) {
    if (is_word(argument) && &argument != but)
      words.insert(words.end(), argument.given().begin(), argument.given().end());
  }
  return words;
}

/// Reads it, and expects that `tried` took these values and nothing else was touched.
void expect_taken(const Leaf& leaf, size_t index, const Words& words, const Base& base, const Words& values) {
  OneCommand program(leaf.command, leaf.path);
  const auto read = program.read(words);
  const std::string shown = testing::PrintToString(words);
  ASSERT_TRUE(read.has_value()) << shown << ": " << read.error().message;
  ASSERT_EQ(read->command, &program.leaf()) << shown;
  EXPECT_EQ(program.at(index).given(), values) << shown;
  Words expected = base.words;
  expected.insert(expected.end(), base.behind_dashes.begin(), base.behind_dashes.end());
  EXPECT_EQ(words_taken(program.leaf(), &program.at(index)), expected) << shown;
  for (const Argument& other : program.leaf().all()) {
    if (is_word(other) || &other == &program.at(index)) continue;
    const bool is_in_base = other.is_required() || &other == program.at(index).needed();
    EXPECT_EQ(other.given().size(), is_in_base ? 1u : 0u) << other.name() << " of " << shown;
  }
}

/// Calls fn(leaf, index, argument) for every argument there is.
template <typename Fn>
void for_each_argument(Fn&& fn) {
  size_t count = 0;
  for (const Leaf& leaf : all_leaves()) {
    OneCommand program(leaf.command, leaf.path);
    for (size_t i = 0; i < program.leaf().all().size(); ++i, ++count) {
      SCOPED_TRACE(program.leaf().path() + " " + program.at(i).name());
      fn(leaf, i, program.leaf());
    }
  }
  EXPECT_GT(count, 100u);
}

TEST(CommandLine, EveryOptionTakesItsValueAloneWhereverItStands) {
  for_each_argument([](const Leaf& leaf, size_t index, const Arguments& arguments) {
    const Argument& tried = arguments.all()[index];
    const Base base = base_of(arguments, tried);
    const Words values = tried.facts().takes_value ? values_of(tried.facts()) : Words{""};
    for (const std::string& value : values) {
      for (const Words& form : forms(tried, value)) {
        for (size_t at = 0; at <= base.words.size(); ++at) {
          expect_taken(leaf, index, line(leaf.path, base, at, form), base, {value});
        }
      }
    }
  });
}

TEST(CommandLine, EveryWordArrivesAsItIs) {
  for_each_argument([](const Leaf& leaf, size_t index, const Arguments& arguments) {
    const Argument& tried = arguments.all()[index];
    if (!is_word(tried)) return;
    Base base = base_of(arguments, tried);
    const Words values = values_of(tried.facts());
    const size_t place = place_of(arguments, tried);
    if (tried.facts().repeatable) {
      base.behind_dashes.insert(base.behind_dashes.end(), values.begin(), values.end());
      OneCommand program(leaf.command, leaf.path);
      ASSERT_TRUE(program.read(line(leaf.path, base, 0, {})).has_value());
      Words expected = base.words;
      expected.insert(expected.end(), base.behind_dashes.begin(), base.behind_dashes.end());
      EXPECT_EQ(words_taken(program.leaf()), expected);
      return;
    }
    for (const std::string& value : values) {
      const Base alone{.words = base.words, .behind_dashes = {}, .options = base.options};
      expect_taken(leaf, index, line(leaf.path, alone, place, {"--", value}), alone, {value});
      if (!value.starts_with('-'))
        expect_taken(leaf, index, line(leaf.path, alone, place, {value}), alone, {value});
    }
  });
}

TEST(CommandLine, TheLastOneCountsOrEachAdds) {
  for_each_argument([](const Leaf& leaf, size_t index, const Arguments& arguments) {
    const Argument& tried = arguments.all()[index];
    if (names_of(tried).empty()) return;
    const Base base = base_of(arguments, tried);
    const std::string name = names_of(tried).front();
    const Argument::Facts& facts = tried.facts();
    const auto shown_after = [&](const Words& words) {
      OneCommand program(leaf.command, leaf.path);
      const auto read = program.read(line(leaf.path, base, base.words.size(), words));
      EXPECT_TRUE(read.has_value()) << read.error().message;
      return program.at(index).facts().show();
    };
    if (!facts.takes_value) {
      EXPECT_EQ(facts.show(), "off");
      EXPECT_EQ(shown_after({name}), "on");
      EXPECT_EQ(shown_after({name, name}), "on");
      return;
    }
    const std::string first = values_of(facts).front(), second = values_of(facts).back();
    EXPECT_EQ(shown_after({name, first}), first) << "as help would show it";
    EXPECT_EQ(shown_after({name, first, name, second}), facts.repeatable ? first + "," + second : second);
    if (facts.by_comma) EXPECT_EQ(shown_after({name, first + "," + second}), first + "," + second);
  });
}

TEST(CommandLine, WrongValuesAreRefusedByNameWithARemedy) {
  for_each_argument([](const Leaf& leaf, size_t index, const Arguments& arguments) {
    const Argument& tried = arguments.all()[index];
    // The words that nothing else takes are judged together, by the command.
    if (is_word(tried) && tried.facts().repeatable) return;
    const Base base = base_of(arguments, tried);
    for (const std::string& value : wrong_values_of(tried.facts())) {
      for (const Words& form : is_word(tried) ? std::vector<Words>{{"--", value}} : forms(tried, value)) {
        OneCommand program(leaf.command, leaf.path);
        const auto read =
            program.read(line(leaf.path, {base.words, {}, base.options}, place_of(arguments, tried), form));
        ASSERT_FALSE(read.has_value()) << testing::PrintToString(form);
        EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
        // A word may also be given as an option, and is then called by that.
        const std::string name = is_word(tried) ? tried.option().get_name(true) : tried.name();
        EXPECT_THAT(read.error().message, HasSubstr(name.substr(0, name.find(',')) + ": "));
        EXPECT_NE(read.error().hint, "") << read.error().message;
      }
    }
  });
}

TEST(CommandLine, ValuesThatAreMissingOrTooManyAreSaid) {
  for_each_argument([](const Leaf& leaf, size_t index, const Arguments& arguments) {
    const Argument& tried = arguments.all()[index];
    const Base base = base_of(arguments, tried);
    for (const std::string& name : names_of(tried)) {
      OneCommand program(leaf.command, leaf.path);
      const bool takes_value = tried.facts().takes_value;
      const Base bare{base.words, {}, base.options};
      const auto read =
          program.read(line(leaf.path, bare, base.words.size(), {takes_value ? name : name + "=true"}));
      ASSERT_FALSE(read.has_value()) << name;
      EXPECT_THAT(read.error().message, HasSubstr(tried.name()));
      EXPECT_THAT(read.error().message, HasSubstr(takes_value ? "needs a value" : "takes no value"));
    }
    if (!tried.is_required()) return;
    OneCommand program(leaf.command, leaf.path);
    const auto read = program.read(line(leaf.path, {{}, {}, base.options}, 0, {}));
    ASSERT_FALSE(read.has_value());
    EXPECT_THAT(read.error().message, HasSubstr("is missing"));
  });
}

TEST(CommandLine, HelpSaysOfEveryArgumentWhatHolds) {
  for_each_argument([](const Leaf& leaf, size_t index, const Arguments& arguments) {
    const Argument& tried = arguments.all()[index];
    const Argument::Facts& facts = tried.facts();
    for (const char* flag : {"--help", "-h"}) {
      OneCommand program(leaf.command, leaf.path);
      Words words = leaf.path;
      words.emplace_back(flag);
      const auto read = program.read(words);
      ASSERT_TRUE(read.has_value() && read->text) << "without what is required";
      EXPECT_THAT(*read->text, HasSubstr(tried.option().get_description() + "\n"));
    }
    EXPECT_FALSE(facts.help.empty());
    const std::string& help = tried.option().get_description();
    EXPECT_THAT(help, HasSubstr(facts.allowed));
    const bool says_repeatable = help.contains("repeatable") || help.contains("several by comma or repeated");
    EXPECT_EQ(says_repeatable, facts.repeatable && !is_word(tried)) << help;
    EXPECT_EQ(facts.takes_value, !facts.type.empty());
    // Where the variable tells the default, help does so as well.
    if (!facts.show().empty() && !help.contains("default: ") && facts.takes_value && !tried.is_required()) {
      EXPECT_EQ(tried.option().get_group().substr(0, 8), "Sampling") << "whose defaults are the model's";
    }
  });
}

TEST(CommandLine, TheEnvironmentGivesWhatTheCommandLineDoesNot) {
  size_t count = 0;
  for_each_argument([&](const Leaf& leaf, size_t index, const Arguments& arguments) {
    const Argument& tried = arguments.all()[index];
    if (tried.variable().empty()) return;
    ++count;
    const Base base = base_of(arguments, tried);
    const std::string outside = values_of(tried.facts()).front();
    const Environment environment = [&](const char* name) {
      return name == tried.variable() ? std::optional(outside) : std::nullopt;
    };
    OneCommand without(leaf.command, leaf.path), with(leaf.command, leaf.path);
    ASSERT_TRUE(without.read(line(leaf.path, base, 0, {}), environment).has_value());
    EXPECT_EQ(without.at(index).facts().show(), outside);
    ASSERT_TRUE(with.read(line(leaf.path, base, 0, {tried.name(), ""}), environment).has_value());
    EXPECT_EQ(with.at(index).facts().show(), "") << "an empty value is a value";
  });
  EXPECT_GT(count, 0u);
}

TEST(CommandLine, ASlipGetsTheNameThatIsNear) {
  for_each_argument([](const Leaf& leaf, size_t index, const Arguments& arguments) {
    for (const std::string& name : names_of(arguments.all()[index])) {
      if (!name.starts_with("--") || name.size() < 6) continue;
      std::string underscores = name;
      std::replace(underscores.begin() + 2, underscores.end(), '-', '_');
      const std::string swapped = name.substr(0, 3) + name[4] + name[3] + name.substr(5);
      for (const std::string& slip : {name + "x", swapped, underscores}) {
        if (slip == name) continue;
        OneCommand program(leaf.command, leaf.path);
        Words words = leaf.path;
        words.push_back(slip + "=1");
        const auto read = program.read(words);
        ASSERT_FALSE(read.has_value());
        EXPECT_THAT(read.error().message, HasSubstr(slip));
        EXPECT_THAT(read.error().hint, HasSubstr("did you mean --")) << slip;
      }
    }
  });
}

/// Options that another than Arguments has declared, which might take any number of words.
Words undeclared(const Arguments& arguments) {
  Words names;
  for (const CLI::Option* option : arguments.app().get_options()) {
    const bool is_builtin =
        option == arguments.app().get_help_ptr() || option == arguments.app().get_version_ptr();
    const bool is_declared = std::ranges::any_of(
        arguments.all(), [&](const Argument& argument) { return &argument.option() == option; });
    const bool is_greedy =
        option->get_allow_extra_args() || (!option->get_positional() && option->get_items_expected_max() > 1);
    if ((!is_builtin && !is_declared) || is_greedy) names.push_back(option->get_name());
  }
  for (const Arguments& inner : arguments.commands()) {
    const Words found = undeclared(inner);
    names.insert(names.end(), found.begin(), found.end());
  }
  return names;
}

TEST(CommandLine, NoCommandDeclaresAnOptionByOtherMeans) {
  Program program(all_commands());
  EXPECT_THAT(undeclared(program.arguments()), IsEmpty());
  const Command greedy{"greedy", "", [](Arguments& arguments) -> std::function<Status()> {
                         static Words values;
                         const_cast<CLI::App&>(arguments.app()).add_option("--list", values);
                         return [] { return Status(); };
                       }};
  OneCommand caught(greedy, {"greedy"});
  EXPECT_THAT(undeclared(caught.leaf()), ElementsAre("--list"));
  EXPECT_FALSE(caught.read({"greedy", "--list", "a", "b"}).has_value());
}

/// A command with flags, an option and words.
struct Sample {
  bool loud = false, fast = false;
  int number = 0;
  Words words;
};
Result<Sample> read_sample(const Words& words) {
  Sample sample;
  const Command command{"do", "", [&](Arguments& arguments) -> std::function<Status()> {
                          arguments.flag("-l,--loud", sample.loud, "loud");
                          arguments.flag("-f,--fast", sample.fast, "fast");
                          arguments.option("-n,--number", sample.number, number(-9, 9), "a number");
                          arguments.words("TEXT", sample.words, "words");
                          return [] { return Status(); };
                        }};
  Program program({command});
  Words all = {"do"};
  all.insert(all.end(), words.begin(), words.end());
  TRY(program.run(all, kNoEnvironment));
  return sample;
}

TEST(CommandLine, ShortOptionsStandTogether) {
  const auto sample = read_sample({"-lfn-3", "a", "-fl", "b"});
  ASSERT_TRUE(sample.has_value()) << sample.error().message;
  EXPECT_TRUE(sample->loud && sample->fast);
  EXPECT_EQ(sample->number, -3);
  EXPECT_THAT(sample->words, ElementsAre("a", "b"));
  EXPECT_EQ(read_sample({"-ln", "-3"})->number, -3);
  EXPECT_EQ(read_sample({"-n=7"})->number, 7);
  EXPECT_EQ(read_sample({"-n+7"})->number, 7);
  EXPECT_EQ(read_sample({"-number", "3"}).error().hint, "did you mean --number?");
  EXPECT_THAT(read_sample({"-lx"}).error().message, HasSubstr("-x"));
  EXPECT_THAT(read_sample({"-l=1"}).error().message, HasSubstr("--loud takes no value"));
  EXPECT_THAT(read_sample({"--", "-l", "--", "--fast"})->words, ElementsAre("-l", "--", "--fast"));
  EXPECT_THAT(read_sample({"-nine"}).error().message, HasSubstr("--number: \"ine\" is no whole number"));
}

Error error_of(const Words& words) {
  Program program(all_commands());
  const Status status = program.run(words, kNoEnvironment);
  return status ? Error{} : status.error();
}

TEST(CommandLine, WhatIsNotThereIsSaidWithWhatIs) {
  EXPECT_EQ(error_of({"rnu"}).hint, "did you mean `hearth run`?");
  EXPECT_EQ(error_of({"walk"}).hint, "`hearth --help` lists the commands");
  EXPECT_EQ(error_of({"keys"}).message, "`hearth keys` needs a command");
  EXPECT_EQ(error_of({"keys"}).hint, "give create, list or revoke; `hearth keys --help` says more");
  EXPECT_EQ(error_of({"keys", "lst"}).hint, "did you mean `hearth keys list`?");
  EXPECT_EQ(error_of({"keys", "--json", "list"}).hint,
            "it belongs behind the command: hearth keys list --json");
  EXPECT_EQ(error_of({"bench", "--only", "f32"}).hint,
            "it belongs behind the command: hearth bench machine --only");
  EXPECT_THAT(error_of({"bench", "--json", "machine"}).message, HasSubstr("--json stands before"));
  EXPECT_THAT(error_of({"--seed", "1", "run"}).hint, HasSubstr("hearth run --seed"));
  EXPECT_THAT(error_of({"fit", "a", "b"}).message, HasSubstr("\"b\" is one word too many"));
  EXPECT_EQ(error_of({"bench", "m.gguf"}).hint, "it goes: hearth bench --model MODEL");
  EXPECT_EQ(error_of({"bench", "machin"}).hint, "did you mean `hearth bench machine`?");
  EXPECT_THAT(error_of({"keys", "list", "why"}).message, HasSubstr("one word too many"));
  EXPECT_THAT(error_of({"run", "m", "--colour", "x"}).hint, HasSubstr("behind --"));
  EXPECT_THAT(error_of({"run", "m", "--\x1b[31m"}).message, Not(HasSubstr("\x1b")));
  EXPECT_THAT(error_of({"perplexity", "-m", "x", "a", "-f", "b"}).message,
              HasSubstr("\"a\" is one word too many"));
  EXPECT_THAT(error_of({"help", "nosuch"}).message, HasSubstr("no command"));
}

}  // namespace
}  // namespace hearth::cli
