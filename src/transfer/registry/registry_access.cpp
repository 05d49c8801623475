#include "transfer/registry/registry_access.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/file.h"

namespace hearth::transfer {
namespace {

constexpr size_t kMaxConfig = size_t(1) << 20;

}  // namespace

std::string docker_account(std::string_view config, std::string_view host) {
  const nlohmann::json json = nlohmann::json::parse(config, nullptr, false);
  if (!json.is_object()) return {};
  const auto accounts = json.find("auths");
  if (accounts == json.end() || !accounts->is_object()) return {};
  for (const auto& [name, account] : accounts->items()) {
    std::string_view known = name;
    if (known.starts_with("https://")) known.remove_prefix(8);
    if (known.substr(0, known.find('/')) != host || !account.is_object()) continue;
    const auto basic = account.find("auth");
    if (basic == account.end() || !basic->is_string()) continue;
    const Result<std::string> pair = from_base64(basic->get<std::string>());
    if (pair && pair->contains(':')) return *pair;
  }
  return {};
}

Result<std::unique_ptr<RegistryAccess>> open_registry(TransferSession& session) {
  auto access = std::make_unique<RegistryAccess>();
  RegistryAccount account;
  if (!session.options().key_file.empty() && RegistryClient::knows_keys(session.name().host)) {
    auto key = SigningKey::load_or_create(session.options().key_file, session.log());
    if (key) {
      access->key = std::move(*key);
      account.key = &*access->key;
    } else {
      // What is for everybody takes no key.
      session.log()(LogLevel::kWarning, "no key for an account: " + key.error().message);
    }
  }
  if (!session.options().docker_config.empty()) {
    const Result<std::string> config = read_file(session.options().docker_config, kMaxConfig);
    if (config) account.basic = docker_account(*config, session.name().host);
  }
  access->client =
      TRY(RegistryClient::open(session.http(), session.name().host,
                               session.name().space + '/' + session.name().model, std::move(account)));
  return access;
}

}  // namespace hearth::transfer
