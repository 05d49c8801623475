#include "cli/arguments/arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Option.hpp>

namespace hearth::cli {
namespace {

/// A value that is read and shown as text, in place of a callback of CLI11's.
const CLI::callback_t kNoCallback = nullptr;

}  // namespace

Argument::Argument(CLI::Option& option, Facts facts) : option_(option), facts_(std::move(facts)) {
  describe();
}

Argument& Argument::required() {
  required_ = true;
  option_.required();
  describe();
  return *this;
}

Argument& Argument::needs(const Argument& other) {
  needed_ = &other;
  describe();
  return *this;
}

Argument& Argument::unless_given(const std::string& what) {
  unless_given_ = what;
  describe();
  return *this;
}

Argument& Argument::environment(const std::string& variable) {
  variable_ = variable;
  return unless_given("$" + variable);
}

Argument& Argument::also_from(std::vector<std::string> variables) {
  further_variables_ = std::move(variables);
  return *this;
}

Status Argument::take_variable(std::string_view name, std::string_view value) {
  const std::string source = "$" + std::string(name);
  if (!facts_.takes_value) {
    const bool is_off = value == "0" || value == "false" || value == "no" || value == "off";
    return is_off ? Status() : take({}, source);
  }
  if (!facts_.repeatable) return take(value, source);
  for (size_t begin = 0; begin <= value.size();) {
    const size_t end = std::min(value.find(',', begin), value.size());
    TRY(take(value.substr(begin, end - begin), source));
    begin = end + 1;
  }
  return {};
}

Argument& Argument::group(const std::string& title) {
  option_.group(title);
  return *this;
}

std::string Argument::name() const { return option_.get_name(); }

Status Argument::take(std::string_view value, std::string_view source) {
  given_.emplace_back(value);
  Status status = facts_.set(value);
  if (status) return {};
  Error error = std::move(status).error();
  error.message = fmt::format("{}: {}", source.empty() ? name() : std::string(source), error.message);
  return std::unexpected(std::move(error));
}

void Argument::describe() {
  std::string text = facts_.help;
  const auto add = [&](std::string_view before, const std::string& fact) {
    if (!fact.empty()) text.append("; ").append(before).append(fact);
  };
  add("", facts_.allowed);
  if (facts_.by_comma) {
    add("", "several by comma or repeated");
  } else if (facts_.repeatable && !option_.get_positional()) {
    add("", "repeatable");
  }
  if (needed_ != nullptr) add("needs ", needed_->name());
  if (!required_ && facts_.takes_value) add("default: ", unless_given_.value_or(facts_.show()));
  option_.description(text);
  if (facts_.takes_value)
    option_.option_text(facts_.type + (required_ && !option_.get_positional() ? " (required)" : ""));
}

Argument& Arguments::flag(const std::string& names, bool& target, std::string help, bool sets) {
  Argument::Facts facts{.help = std::move(help), .takes_value = false};
  facts.set = [&target, sets](std::string_view) -> Status {
    target = sets;
    return {};
  };
  facts.show = [&target, sets] { return std::string(target == sets ? "on" : "off"); };
  return arguments_.emplace_back(*app_.add_flag(names), std::move(facts));
}

Argument& Arguments::add(const std::string& names, Argument::Facts facts) {
  return arguments_.emplace_back(*app_.add_option(names, kNoCallback), std::move(facts));
}

Argument& Arguments::words(const std::string& name, std::vector<std::string>& target,
                           const std::string& help) {
  CLI::Option* option = app_.add_option(name, kNoCallback)->expected(1, -1);
  return arguments_.emplace_back(*option, list_facts(target, text(name), help));
}

Arguments& Arguments::command(const std::string& name, const std::string& summary) {
  return commands_.emplace_back(*app_.add_subcommand(name, summary)->group("Commands"), this);
}

std::string Arguments::path() const {
  return (parent_ == nullptr ? "" : parent_->path() + " ") + app_.get_name();
}

std::string Arguments::help() const { return app_.help(parent_ == nullptr ? "" : parent_->path()); }

Status Arguments::for_each_part(std::string_view value, const Argument::Set& set) {
  for (size_t begin = 0; begin <= value.size();) {
    const size_t end = std::min(value.find(',', begin), value.size());
    TRY(set(value.substr(begin, end - begin)));
    begin = end + 1;
  }
  return {};
}

}  // namespace hearth::cli
