#pragma once

#include <memory>
#include <optional>

#include "transfer/registry/registry_client.h"
#include "transfer/session/transfer_session.h"

namespace hearth::transfer {

/// The registry of a session's model, and the key that its account is known by.
struct RegistryAccess {
  std::optional<SigningKey> key;
  std::optional<RegistryClient> client;
};
Result<std::unique_ptr<RegistryAccess>> open_registry(TransferSession& session);

/// "user:password" for a host, out of Docker's config.json; empty: none.
std::string docker_account(std::string_view config, std::string_view host);

}  // namespace hearth::transfer
