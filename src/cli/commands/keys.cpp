#include <chrono>
#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "server/data_folder.h"
#include "server/key_store.h"

namespace hearth {
namespace {

struct KeysOptions {
  CLI::App* create = nullptr;
  CLI::App* list = nullptr;
  std::string name;
  std::string scopes = "inference,metrics";
  std::string expires;
  std::string id;
  bool json = false;
};

int64_t unix_time() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// "90m", "12h", "30d" as seconds.
Result<int64_t> parse_duration(const std::string& text) {
  constexpr std::string_view kUnits = "smhd";
  constexpr std::array<int64_t, 4> kSeconds = {1, 60, 3600, 86400};
  const size_t unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  const std::string digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  const bool is_number =
      !digits.empty() && digits.size() < 9 && digits.find_first_not_of("0123456789") == std::string::npos;
  if (unit == std::string_view::npos || !is_number || std::stoll(digits) == 0) {
    return fail_hint(ErrorCode::kInvalidArgument, "write it as 90m, 12h or 30d", "'{}' is no duration", text);
  }
  return std::stoll(digits) * kSeconds[unit];
}

std::string to_day(int64_t seconds) {
  return fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(std::time_t(seconds)));
}

std::string_view state_of(const ApiKey& key, int64_t now) {
  if (key.revoked) return "revoked";
  return key.is_usable(now) ? "usable" : "expired";
}

nlohmann::ordered_json to_json(const ApiKey& key, int64_t now) {
  nlohmann::ordered_json json = {
      {"id", key.id},       {"name", key.name},   {"scopes", to_string(key.scopes)}, {"created", key.created},
      {"expires", nullptr}, {"revoked", nullptr}, {"state", state_of(key, now)}};
  if (key.expires) json["expires"] = *key.expires;
  if (key.revoked) json["revoked"] = *key.revoked;
  return json;
}

void list_keys(const KeyStore& store, bool as_json) {
  const int64_t now = unix_time();
  if (as_json) {
    auto all = nlohmann::ordered_json::array();
    for (const ApiKey& key : store.list()) all.push_back(to_json(key, now));
    print_out("{}\n", all.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  for (const ApiKey& key : store.list()) {
    print_out("{}  {:<8} {:<26} made {}{}  {}\n", key.id, state_of(key, now), to_string(key.scopes),
              to_day(key.created), key.expires ? ", expires " + to_day(*key.expires) : std::string(),
              visible_line(key.name));
  }
}

Status keys(const KeysOptions& options) {
  const auto store = TRY(KeyStore::open(TRY(data_folder(process_environment())), stderr_log(false)));
  if (options.list->parsed()) {
    list_keys(*store, options.json);
    return {};
  }
  if (!options.create->parsed()) return store->revoke(options.id, unix_time());
  std::optional<int64_t> expires;
  if (!options.expires.empty()) expires = unix_time() + TRY(parse_duration(options.expires));
  const ScopeSet scopes = TRY(parse_scopes(options.scopes));
  print_out("{}\n", TRY(store->create(options.name, scopes, expires, unix_time())));
  print_line("note: this key is shown this once; it is not kept");
  return {};
}

void add_options(CLI::App& app, KeysOptions& options) {
  app.require_subcommand(1);
  options.create = app.add_subcommand("create", "Make a key and print it");
  options.create->add_option("--name", options.name, "what it is for")->check([](const std::string& name) {
    return name.size() > 200 ? "the name is too long" : "";
  });
  options.create->add_option("--scopes", options.scopes,
                             "of inference, manage, metrics; default: inference,metrics");
  options.create->add_option("--expires", options.expires,
                             "after this time, as 90m, 12h, 30d; default: never");
  options.list = app.add_subcommand("list", "Show what keys there are");
  options.list->add_flag("--json", options.json, "as JSON");
  app.add_subcommand("revoke", "Make a key worthless; what it has running ends within a second")
      ->add_option("ID", options.id, "of `hearth keys list`")
      ->required();
}

}  // namespace

Command command_keys() {
  return {"keys", "Make, list and revoke the API keys of the server",
          [](CLI::App& app) -> std::function<Status()> {
            auto options = std::make_shared<KeysOptions>();
            add_options(app, *options);
            return [options] { return keys(*options); };
          }};
}

}  // namespace hearth
