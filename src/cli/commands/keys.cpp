#include <chrono>
#include <csignal>
#include <memory>
#include <string>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "server/access/key_store.h"
#include "server/records/data_folder.h"

namespace hearth::cli {
namespace {

constexpr size_t kLongestName = 200;

struct KeysOptions {
  std::string name;
  server::ScopeSet scopes = {server::Scope::kInference, server::Scope::kMetrics};
  std::optional<int64_t> lifetime_s;
  std::string id;
  bool json = false;
};

int64_t unix_time() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// "90m", "12h", "30d" as seconds.
Result<int64_t> parse_duration(std::string_view text) {
  constexpr std::string_view kUnits = "smhd";
  constexpr std::array<int64_t, 4> kSeconds = {1, 60, 3600, 86400};
  constexpr int64_t kMost = 99'999'999;
  const size_t unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  const auto number = parse_number<int64_t>(text.substr(0, text.empty() ? 0 : text.size() - 1));
  if (unit == std::string_view::npos || !number || *number < 1 || *number > kMost) {
    return fail_hint(ErrorCode::kInvalidArgument, "write it as 90m, 12h or 30d", "{} is no duration",
                     quoted(text));
  }
  return *number * kSeconds[unit];
}

std::string to_day(int64_t seconds) {
  return fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(std::time_t(seconds)));
}

std::string_view state_of(const server::ApiKey& key, int64_t now) {
  if (key.revoked) return "revoked";
  return key.is_usable(now) ? "usable" : "expired";
}

nlohmann::ordered_json to_json(const server::ApiKey& key, int64_t now) {
  nlohmann::ordered_json json = {
      {"id", key.id},       {"name", key.name},   {"scopes", to_string(key.scopes)}, {"created", key.created},
      {"expires", nullptr}, {"revoked", nullptr}, {"state", state_of(key, now)}};
  if (key.expires) json["expires"] = *key.expires;
  if (key.revoked) json["revoked"] = *key.revoked;
  return json;
}

Result<std::unique_ptr<server::KeyStore>> open_keys() {
  return server::KeyStore::open(TRY(server::data_folder(process_environment())), stderr_log(false));
}

Status list(const KeysOptions& options) {
  const auto store = TRY(open_keys());
  const int64_t now = unix_time();
  if (options.json) {
    auto all = nlohmann::ordered_json::array();
    for (const server::ApiKey& key : store->list()) all.push_back(to_json(key, now));
    print_out("{}\n", all.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
    return {};
  }
  for (const server::ApiKey& key : store->list()) {
    print_out("{}  {:<8} {:<26} made {}{}  {}\n", key.id, state_of(key, now), to_string(key.scopes),
              to_day(key.created), key.expires ? ", expires " + to_day(*key.expires) : std::string(),
              visible_line(key.name));
  }
  return {};
}

Status create(const KeysOptions& options) {
  // Where nobody reads it, the key is still to be taken back.
  std::signal(SIGPIPE, SIG_IGN);
  const auto store = TRY(open_keys());
  const int64_t now = unix_time();
  const auto expires = options.lifetime_s ? std::optional(now + *options.lifetime_s) : std::nullopt;
  const std::string key = TRY(store->create(options.name, options.scopes, expires, now));
  if (const Status shown = print_exact(key + "\n"); !shown) {
    TRY(store->withdraw(key));
    return shown;
  }
  print_line("note: this key is shown this once; it is not kept");
  return {};
}

void add_create(Arguments& create_arguments, const std::shared_ptr<KeysOptions>& options) {
  create_arguments.option("--name", options->name, text("TEXT", kLongestName), "what it is for");
  const ValueKind<server::ScopeSet> scopes{"SCOPES", "inference, manage, metrics by comma",
                                           server::parse_scopes,
                                           [](const server::ScopeSet& set) { return to_string(set); }};
  create_arguments.option("--scopes", options->scopes, scopes, "what it opens");
  const ValueKind<int64_t> duration{"TIME", "as 90m, 12h, 30d", parse_duration,
                                    [](const int64_t& seconds) { return fmt::format("{}s", seconds); }};
  create_arguments.option("--expires", options->lifetime_s, duration, "the time it is good for")
      .unless_given("for ever");
  create_arguments.runs([options] { return create(*options); });
}

void add_commands(Arguments& keys) {
  auto options = std::make_shared<KeysOptions>();
  add_create(keys.command("create", "Make a key and print it"), options);
  Arguments& listed = keys.command("list", "Show what keys there are");
  listed.flag("--json", options->json, "print JSON");
  listed.runs([options] { return list(*options); });
  Arguments& revoked =
      keys.command("revoke", "Make a key worthless; what it has running ends within a second");
  revoked.option("ID", options->id, word("ID"), "as `hearth keys list` prints it").required();
  revoked.runs([options]() -> Status {
    const auto store = TRY(open_keys());
    return store->revoke(options->id, unix_time());
  });
}

}  // namespace

Command command_keys() {
  return {"keys", "Make, list and revoke the API keys of the server",
          [](Arguments& arguments) -> std::function<Status()> {
            add_commands(arguments);
            return nullptr;
          }};
}

}  // namespace hearth::cli
