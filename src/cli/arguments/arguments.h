#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/arguments/value_kind.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
class Option;
}  // namespace CLI

namespace hearth::cli {

/// One thing that a command takes: a flag, an option with its value, or words.
class Argument {
 public:
  /// Takes a value over. Errors speak of the value.
  using Set = std::function<Status(std::string_view value)>;

  struct Facts {
    std::string type = {};  ///< of a value, as help calls it
    std::string allowed = {};
    std::string help = {};
    bool takes_value = true;
    bool repeatable = false;                ///< each mention adds; or else the last one counts
    bool by_comma = false;                  ///< a mention may hold several values
    std::vector<std::string> choices = {};  ///< where a value is one of these
    Set set = {};
    std::function<std::string()> show = {};  ///< what the variable holds now, as help tells the default
  };

  Argument(CLI::Option& option, Facts facts);

  /// The command does not go without it.
  Argument& required();
  /// It means nothing without another option.
  Argument& needs(const Argument& other);
  /// What holds where it is not given, if the variable does not tell.
  Argument& unless_given(const std::string& what);
  /// Where it is not given, the value comes from this variable of the environment, if that is set.
  Argument& environment(const std::string& variable);
  /// Variables that are looked at after that one, in order; help does not name them. In one, several values
  /// of a repeatable option stand by comma, and a flag is set by anything but 0, false, no and off.
  Argument& also_from(std::vector<std::string> variables);
  /// The heading in help.
  Argument& group(const std::string& title);

  const CLI::Option& option() const { return option_; }
  const Facts& facts() const { return facts_; }
  /// As messages call it: "--threads", "MODEL".
  std::string name() const;
  bool is_required() const { return required_; }
  const Argument* needed() const { return needed_; }
  const std::string& variable() const { return variable_; }
  const std::vector<std::string>& further_variables() const { return further_variables_; }

  /// The values given so far, each as it stood on the command line; a flag's is empty.
  const std::vector<std::string>& given() const { return given_; }
  /// Errors: kInvalidArgument naming the argument, or `source` instead of it.
  Status take(std::string_view value, std::string_view source = {});
  /// The same of one of the further variables.
  Status take_variable(std::string_view name, std::string_view value);

 private:
  void describe();

  CLI::Option& option_;
  Facts facts_;
  bool required_ = false;
  const Argument* needed_ = nullptr;
  std::optional<std::string> unless_given_;
  std::string variable_;
  std::vector<std::string> further_variables_;
  std::vector<std::string> given_;
};

/// What a command takes. The only place that declares arguments: CLI11 keeps them and prints the help, but a
/// container bound to one of its options would take all the words that follow. Here an option takes one word
/// or none. `names` are CLI11's: "-n,--max-tokens" for an option, "MODEL" for a word.
class Arguments {
 public:
  /// `app` must outlive it. `parent` is the command that this one is part of.
  explicit Arguments(CLI::App& app, Arguments* parent = nullptr) : app_(app), parent_(parent) {}
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  /// Makes `target` be `sets`.
  Argument& flag(const std::string& names, bool& target, std::string help, bool sets = true);

  /// The last one counts.
  template <typename T, typename V>
  Argument& option(const std::string& names, T& target, const ValueKind<V>& kind, const std::string& help) {
    return add(names, {.type = kind.type,
                       .allowed = kind.allowed,
                       .help = help,
                       .choices = kind.choices,
                       .set = [&target, parse = kind.parse](std::string_view value) -> Status {
                         target = TRY(parse(value));
                         return {};
                       },
                       .show = [&target, show = kind.show] { return shown(target, show); }});
  }

  /// Each mention adds a value; the first one takes the place of the default.
  template <typename V>
  Argument& repeatable(const std::string& names, std::vector<V>& target, const ValueKind<V>& kind,
                       const std::string& help) {
    return add(names, list_facts(target, kind, help));
  }

  /// As `repeatable`, with several values by comma in a mention.
  template <typename V>
  Argument& comma_list(const std::string& names, std::vector<V>& target, const ValueKind<V>& kind,
                       const std::string& help) {
    Argument::Facts facts = list_facts(target, kind, help);
    facts.by_comma = true;
    facts.set = [set = std::move(facts.set)](std::string_view value) { return for_each_part(value, set); };
    return add(names, std::move(facts));
  }

  /// All the words that nothing else takes.
  Argument& words(const std::string& name, std::vector<std::string>& target, const std::string& help);

  /// An option whose value goes where `facts.set` says.
  Argument& add(const std::string& names, Argument::Facts facts);

  /// A command within this one: `hearth keys list`.
  Arguments& command(const std::string& name, const std::string& summary);

  /// What the command does. A command without it is only there for the ones within it.
  void runs(std::function<Status()> run) { run_ = std::move(run); }
  const std::function<Status()>& run() const { return run_; }

  const CLI::App& app() const { return app_; }
  const Arguments* parent() const { return parent_; }
  /// "hearth keys list".
  std::string path() const;
  std::string help() const;
  std::deque<Argument>& all() { return arguments_; }
  const std::deque<Argument>& all() const { return arguments_; }
  std::deque<Arguments>& commands() { return commands_; }
  const std::deque<Arguments>& commands() const { return commands_; }

 private:
  template <typename T, typename Show>
  static std::string shown(const T& value, const Show& show) {
    if constexpr (requires { value.has_value(); }) {
      return value ? show(*value) : std::string();
    } else {
      return show(value);
    }
  }

  template <typename V>
  static Argument::Facts list_facts(std::vector<V>& target, const ValueKind<V>& kind,
                                    const std::string& help) {
    const auto set = [&target, parse = kind.parse,
                      is_first = true](std::string_view value) mutable -> Status {
      V added = TRY(parse(value));
      if (std::exchange(is_first, false)) target.clear();
      target.push_back(std::move(added));
      return {};
    };
    const auto show = [&target, show = kind.show] {
      std::string text;
      for (const V& value : target) text.append(text.empty() ? "" : ",").append(show(value));
      return text;
    };
    return {.type = kind.type,
            .allowed = kind.allowed,
            .help = help,
            .repeatable = true,
            .choices = kind.choices,
            .set = set,
            .show = show};
  }

  static Status for_each_part(std::string_view value, const Argument::Set& set);

  CLI::App& app_;
  Arguments* parent_;
  std::deque<Argument> arguments_;
  std::deque<Arguments> commands_;
  std::function<Status()> run_;
};

}  // namespace hearth::cli
