#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/arguments/arguments.h"
#include "server/models/model_settings.h"
#include "store/model_path.h"

namespace hearth::cli {

/// What hearth.toml says of a server:
///   [serve]                    options by their names, as port = 8080; lists for what may be repeated
///   [models."qwen3:4b"]        context, kv-type, keep-loaded, pinned, priority, alias
struct ServerConfig {
  struct Model {
    server::ModelSettings settings;
    std::vector<std::string> aliases;
  };
  std::filesystem::path path;  ///< empty: there is no file
  std::map<std::string, std::vector<std::string>> options;
  std::map<std::string, Model> models;
};

/// $HEARTH_CONFIG, or hearth/hearth.toml in the user's folder of settings; empty: there is none.
std::filesystem::path config_path(const Environment& environment);

/// Errors: kInvalidArgument naming the file with the line or the key; kIo, kNotFound.
Result<ServerConfig> read_config(const std::filesystem::path& path);
Result<ServerConfig> parse_config(std::string_view text, const std::filesystem::path& path);

/// Sets options to what a file says, before the command line is read. Errors: kInvalidArgument naming the
/// file and the option.
Status apply_config(const ServerConfig& config, Arguments& arguments);

}  // namespace hearth::cli
