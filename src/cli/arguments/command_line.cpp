#include "cli/arguments/command_line.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>

#include "base/printable.h"
#include "cli/arguments/suggestion.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

constexpr size_t kShownModels = 5;

std::vector<std::string> names_of(const Arguments& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.app().get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> command_names(const Arguments& command) {
  std::vector<std::string> names;
  for (const Arguments& inner : command.commands()) names.push_back(inner.app().get_name());
  return names;
}

Arguments* find_command(Arguments& command, std::string_view name) {
  for (Arguments& inner : command.commands()) {
    if (inner.app().get_name() == name) return &inner;
  }
  return nullptr;
}

/// The first command within this one that has an option of this name.
const Arguments* command_with_option(const Arguments& command, const std::string& name) {
  for (const Arguments& inner : command.commands()) {
    if (inner.app().get_option_no_throw(name) != nullptr) return &inner;
    if (const Arguments* found = command_with_option(inner, name)) return found;
  }
  return nullptr;
}

bool takes_words(const Arguments& command) {
  return std::ranges::any_of(command.all(),
                             [](const Argument& one) { return one.option().get_positional(); });
}

/// "hearth run MODEL [PROMPT...]".
std::string usage(const Arguments& command) {
  std::string text = command.path();
  for (const Argument& argument : command.all()) {
    if (!argument.option().get_positional() && !argument.is_required()) continue;
    std::string name = argument.name();
    if (argument.option().get_positional()) {
      name = argument.option().get_name(true) + (argument.facts().repeatable ? "..." : "");
    } else {
      name += " " + argument.facts().type;
    }
    text += argument.is_required() ? " " + name : " [" + name + "]";
  }
  return text;
}

std::unexpected<Error> wrong(std::string message, std::string hint) {
  return std::unexpected(Error{ErrorCode::kInvalidArgument, std::move(message), std::move(hint)});
}

class Reader {
 public:
  Reader(Arguments& program, std::span<const std::string> words, const Environment& environment)
      : command_(&program), words_(words), environment_(environment) {}

  Result<CommandLine> read() {
    if (!words_.empty() && words_.front() == "help") return read_help();
    bool is_word = false;
    while (next_ < words_.size() && !text_) {
      const std::string& word = words_[next_++];
      if (is_word || !looks_like_option(word)) {
        TRY(take_word(word));
      } else if (word == "--") {
        is_word = true;
      } else if (word.starts_with("--")) {
        TRY(take_long(word));
      } else {
        TRY(take_short(word));
      }
    }
    if (!text_) TRY(finish());
    return CommandLine{command_, text_};
  }

 private:
  static bool looks_like_option(const std::string& word) {
    if (word == "--") return true;
    if (!word.starts_with('-')) return false;
    const size_t name = word.find_first_not_of('-');
    return name <= 2 && std::isalpha(static_cast<unsigned char>(word[name])) != 0;
  }

  /// `hearth help COMMAND` is `hearth COMMAND --help`.
  Result<CommandLine> read_help() {
    for (next_ = 1; next_ < words_.size(); ++next_) {
      if (looks_like_option(words_[next_])) continue;
      Arguments* inner = find_command(*command_, words_[next_]);
      if (inner == nullptr) return unknown_command(words_[next_]);
      command_ = inner;
    }
    return CommandLine{command_, command_->help()};
  }

  Status take_long(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const CLI::Option* option = command_->app().get_option_no_throw(name);
    if (option == nullptr) return unknown_option(name);
    if (equals == std::string::npos) return take(*option, std::nullopt);
    return take(*option, std::string_view(word).substr(equals + 1));
  }

  Status take_short(const std::string& word) {
    for (size_t at = 1; at < word.size(); ++at) {
      const std::string name = {'-', word[at]};
      const CLI::Option* option = command_->app().get_option_no_throw(name);
      if (option == nullptr) return unknown_option(at == 1 ? word : name);
      const Argument* argument = find(*option);
      if (argument == nullptr || !argument->facts().takes_value) {
        if (at + 1 < word.size() && word[at + 1] == '=') return take(*option, "");
        TRY(take(*option, std::nullopt));
        continue;
      }
      std::string_view rest = std::string_view(word).substr(at + 1);
      if (rest.empty()) return take(*option, std::nullopt);
      rest.remove_prefix(rest.starts_with('=') ? 1 : 0);
      Status status = take(*option, rest);
      if (!status && command_->app().get_option_no_throw("-" + word) != nullptr) {
        return wrong(status.error().message, fmt::format("did you mean -{}?", word));
      }
      return status;
    }
    return {};
  }

  /// `value` is what is written together with the name.
  Status take(const CLI::Option& option, std::optional<std::string_view> value) {
    Argument* argument = find(option);
    const bool takes_value = argument != nullptr && argument->facts().takes_value;
    if (value && !takes_value) {
      return wrong(fmt::format("{} takes no value", option.get_name()), "write it without one");
    }
    if (argument == nullptr) {
      const CLI::App& app = command_->app();
      if (&option == app.get_help_ptr()) text_ = command_->help();
      if (&option == app.get_version_ptr()) text_ = app.version() + "\n";
      return text_ ? Status() : unknown_option(option.get_name());
    }
    if (takes_value && !value) {
      if (next_ == words_.size()) {
        return wrong(
            fmt::format("{} needs a value", argument->name()),
            fmt::format("{} {}: {}", argument->name(), argument->facts().type, option.get_description()));
      }
      value = words_[next_++];
    }
    return argument->take(value.value_or(""));
  }

  Status take_word(const std::string& word) {
    if (!takes_words(*command_)) return take_command(word);
    own_words_.push_back(&word);
    return {};
  }

  /// Gives the words out, in their order, to what no option has named: MODEL may be given as -m too.
  Status give_words() {
    auto next = own_words_.begin();
    for (Argument& argument : command_->all()) {
      if (!argument.option().get_positional() || !argument.given().empty()) continue;
      do {
        if (next == own_words_.end()) return {};
        TRY(argument.take(**next++, argument.option().get_name(true)));
      } while (argument.facts().repeatable);
    }
    if (next == own_words_.end()) return {};
    return wrong(fmt::format("{} is one word too many for `{}`", quoted(**next, 40), command_->path()),
                 fmt::format("it goes: {}; put a text with spaces into quotes", usage(*command_)));
  }

  Status take_command(const std::string& word) {
    Arguments* inner = find_command(*command_, word);
    if (inner == nullptr) return unknown_command(word);
    for (const Argument& argument : command_->all()) {
      if (argument.given().empty()) continue;
      return wrong(fmt::format("{} stands before the command `{}`", argument.name(), word),
                   fmt::format("write it behind, if the command knows it: {} --help", inner->path()));
    }
    command_ = inner;
    return {};
  }

  std::unexpected<Error> unknown_command(const std::string& word) const {
    const std::vector<std::string> names = command_names(*command_);
    const std::string near = nearest(word, names);
    if (near.empty() && command_->run()) {
      return wrong(fmt::format("{} is one word too many for `{}`", quoted(word, 40), command_->path()),
                   fmt::format("it goes: {}", usage(*command_)));
    }
    return wrong(fmt::format("there is no command {}", quoted(word, 40)),
                 near.empty() ? fmt::format("`{} --help` lists the commands", command_->path())
                              : fmt::format("did you mean `{} {}`?", command_->path(), near));
  }

  std::unexpected<Error> unknown_option(const std::string& name) const {
    std::string message = fmt::format("`{}` has no option {}", command_->path(), quoted(name, 40));
    if (const Arguments* other = command_with_option(*command_, name)) {
      return wrong(message, fmt::format("it belongs behind the command: {} {}", other->path(), name));
    }
    const std::string near = nearest(name.starts_with("--") ? name : "-" + name, names_of(*command_));
    if (!near.empty()) return wrong(message, fmt::format("did you mean {}?", near));
    return wrong(message,
                 fmt::format("`{} --help` lists them{}", command_->path(),
                             takes_words(*command_) ? "; words that begin with a dash go behind --" : ""));
  }

  Argument* find(const CLI::Option& option) {
    for (Argument& argument : command_->all()) {
      if (&argument.option() == &option) return &argument;
    }
    return nullptr;
  }

  /// What can be said once all words are read.
  Status finish() {
    TRY(give_words());
    for (Argument& argument : command_->all()) {
      if (argument.given().empty() && !argument.variable().empty()) {
        if (const auto value = environment_(argument.variable().c_str())) {
          TRY(argument.take(*value, "$" + argument.variable()));
        }
      }
      for (const std::string& name : argument.further_variables()) {
        if (!argument.given().empty()) break;
        if (const auto value = environment_(name.c_str())) TRY(argument.take_variable(name, *value));
      }
    }
    if (!command_->run()) return no_command();
    for (const Argument& argument : command_->all()) {
      if (argument.is_required() && argument.given().empty()) return missing(argument);
      const Argument* needed = argument.needed();
      if (needed != nullptr && !argument.given().empty() && needed->given().empty()) {
        return wrong(fmt::format("{} means nothing without {}", argument.name(), needed->name()),
                     fmt::format("add {}, or leave it out", needed->name()));
      }
    }
    return {};
  }

  Status no_command() const {
    return wrong(
        fmt::format("`{}` needs a command", command_->path()),
        fmt::format("give {}; `{} --help` says more", either(command_names(*command_)), command_->path()));
  }

  Status missing(const Argument& argument) const {
    const std::string name =
        argument.option().get_positional() ? argument.option().get_name(true) : argument.name();
    std::string hint =
        fmt::format("it goes: {}; {}: {}", usage(*command_), name, argument.option().get_description());
    if (argument.facts().type == "MODEL") {
      const std::vector<std::string> models = model_names(environment_);
      for (size_t i = 0; i < std::min(models.size(), kShownModels); ++i) {
        hint += (i == 0 ? "; at hand: " : ", ") + hearth::quoted(models[i]);
      }
    }
    return wrong(fmt::format("{} is missing", name), std::move(hint));
  }

  Arguments* command_;
  std::span<const std::string> words_;
  const Environment& environment_;
  size_t next_ = 0;
  std::vector<const std::string*> own_words_;  ///< of the command
  std::optional<std::string> text_;
};

}  // namespace

Result<CommandLine> read_command_line(Arguments& program, std::span<const std::string> words,
                                      const Environment& environment) {
  return Reader(program, words, environment).read();
}

}  // namespace hearth::cli
