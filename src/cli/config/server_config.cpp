#include "cli/config/server_config.h"

#include <optional>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/file.h"
#include "cli/hosted_models.h"
#include "cli/session.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxConfigSize = size_t(1) << 20;

std::unexpected<Error> wrong(const std::filesystem::path& path, const toml::node& node, std::string_view key,
                             std::string_view what) {
  return fail_hint(ErrorCode::kInvalidArgument, "hearth.toml is described in docs/CLI.md",
                   "{}, line {}: {}: {}", path.string(), node.source().begin.line, key, what);
}

/// A value as the command line would have it.
std::optional<std::string> text_of(const toml::node& node) {
  if (auto text = node.value_exact<std::string>()) return text;
  if (const auto number = node.value_exact<int64_t>()) return fmt::format("{}", *number);
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  return std::nullopt;
}

std::optional<std::vector<std::string>> texts_of(const toml::node& node) {
  std::vector<std::string> texts;
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& one : *list) {
      auto text = text_of(one);
      if (!text) return std::nullopt;
      texts.push_back(*std::move(text));
    }
    return texts;
  }
  auto text = text_of(node);
  if (!text) return std::nullopt;
  texts.push_back(*std::move(text));
  return texts;
}

/// One setting of a model. Errors speak of the value.
Status set_model(ServerConfig::Model& model, std::string_view key, const toml::node& node) {
  const auto text = text_of(node);
  if (key == "alias") {
    auto aliases = texts_of(node);
    if (!aliases) return fail(ErrorCode::kInvalidArgument, "give a name, or a list of names");
    model.aliases = *std::move(aliases);
    return {};
  }
  if (!text) return fail(ErrorCode::kInvalidArgument, "give one value");
  if (key == "context") {
    model.settings.context = TRY(number(size_t(1), size_t(1) << 30).parse(*text));
  } else if (key == "kv-type") {
    model.settings.kv_dtype = TRY(parse_kv_type(*text));
  } else if (key == "keep-loaded") {
    model.settings.keep_alive = TRY(keep_alive().parse(*text));
  } else if (key == "pinned") {
    if (!node.is_boolean()) return fail(ErrorCode::kInvalidArgument, "give true or false");
    model.settings.pinned = *text == "true";
  } else if (key == "priority") {
    model.settings.priority = TRY(number(-1000, 1000).parse(*text));
  } else {
    return fail(ErrorCode::kInvalidArgument,
                "is not known: there are context, kv-type, keep-loaded, pinned, priority and alias");
  }
  return {};
}

Status read_model(ServerConfig& config, const std::string& name, const toml::node& node) {
  const std::string where = fmt::format("models.\"{}\"", name);
  const toml::table* table = node.as_table();
  if (table == nullptr) return wrong(config.path, node, where, "is no table");
  ServerConfig::Model& model = config.models[name];
  for (const auto& [key, value] : *table) {
    const Status set = set_model(model, key.str(), value);
    if (!set) return wrong(config.path, value, where + "." + std::string(key.str()), set.error().message);
  }
  return {};
}

Status read_table(ServerConfig& config, std::string_view name, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr || (name != "serve" && name != "models")) {
    return wrong(config.path, node, name, "is not known: there are the tables serve and models");
  }
  for (const auto& [key, value] : *table) {
    const std::string inner(key.str());
    if (name == "models") {
      TRY(read_model(config, inner, value));
    } else if (auto texts = texts_of(value)) {
      config.options[inner] = *std::move(texts);
    } else {
      return wrong(config.path, value, inner, "give a value, or a list of values");
    }
  }
  return {};
}

Argument* find_option(Arguments& arguments, const std::string& name) {
  for (Argument& argument : arguments.all()) {
    for (const std::string& known : argument.option().get_lnames()) {
      if (known == name) return &argument;
    }
  }
  return nullptr;
}

Status set_option(Argument& argument, const std::vector<std::string>& values) {
  const Argument::Facts& facts = argument.facts();
  if (!facts.takes_value) {
    if (values.size() != 1 || (values[0] != "true" && values[0] != "false")) {
      return fail(ErrorCode::kInvalidArgument, "give true or false");
    }
    return values[0] == "true" ? facts.set({}) : Status();
  }
  if (values.size() != 1 && !facts.repeatable) return fail(ErrorCode::kInvalidArgument, "give one value");
  for (const std::string& value : values) TRY(facts.set(value));
  return {};
}

}  // namespace

std::filesystem::path config_path(const Environment& environment) {
  if (const auto path = environment("HEARTH_CONFIG")) return *path;
  std::filesystem::path folder;
  if (const auto config = environment("XDG_CONFIG_HOME")) {
    folder = *config;
  } else if (const auto home = environment("HOME")) {
    folder = std::filesystem::path(*home) / ".config";
  } else {
    return {};
  }
  std::error_code error;
  const std::filesystem::path path = folder / "hearth/hearth.toml";
  return std::filesystem::exists(path, error) ? path : std::filesystem::path();
}

Result<ServerConfig> read_config(const std::filesystem::path& path) {
  return parse_config(TRY(read_file(path, kMaxConfigSize)), path);
}

Result<ServerConfig> parse_config(std::string_view text, const std::filesystem::path& path) {
  ServerConfig config{.path = path, .options = {}, .models = {}};
  try {
    const toml::table table = toml::parse(text);
    for (const auto& [key, value] : table) TRY(read_table(config, key.str(), value));
  } catch (const toml::parse_error& error) {
    return fail_hint(ErrorCode::kInvalidArgument, "the format is TOML (toml.io)", "{}, line {}: {}",
                     path.string(), error.source().begin.line, error.description());
  }
  return config;
}

Status apply_config(const ServerConfig& config, Arguments& arguments) {
  for (const auto& [name, values] : config.options) {
    Argument* argument = find_option(arguments, name);
    Status set = fail(ErrorCode::kInvalidArgument, "`hearth serve --help` lists the options that there are");
    if (argument != nullptr) set = set_option(*argument, values);
    if (set) continue;
    Error error = std::move(set).error();
    error.message = fmt::format("{}: {}: {}", config.path.string(), name, error.message);
    return std::unexpected(std::move(error));
  }
  return {};
}

}  // namespace hearth::cli
