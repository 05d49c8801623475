#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments/arguments.h"
#include "cli/session.h"
#include "server/models/model_transfers.h"
#include "server/models/pool_host.h"
#include "store/model_store.h"

namespace hearth::cli {

/// Which models a server has, and how long.
struct HostOptions {
  std::vector<std::string> aliases;  ///< "NAME", of the default model, or "NAME=MODEL"
  std::chrono::nanoseconds keep_loaded = server::kDefaultKeepAlive;
  std::vector<server::PoolHost::Alias> configured_aliases = {};
  size_t max_loaded = 0;  ///< 0: as many as fit
  double memory_gb = 0;   ///< 0: what the system has
  bool only = false;
  std::map<std::string, server::ModelSettings, std::less<>> settings = {};  ///< by name
};

/// Declares --alias, --only, --keep-loaded, --max-loaded and --memory.
void add_host_options(Arguments& arguments, HostOptions& options);

/// A length of time as Ollama's clients write it.
ValueKind<std::chrono::nanoseconds> keep_alive();

/// Loads the model that is named, if there is one; the others are loaded when they are asked for. Errors:
/// those of `model_options` and of `PoolHost::start`.
Result<std::unique_ptr<server::PoolHost>> open_host(const SessionOptions& session, const HostOptions& options,
                                                    const LogSink& log);

/// The store of this user's models; null where there is no folder for it. Errors: those of
/// `ModelStore::open`.
Result<std::shared_ptr<ModelStore>> open_store(const LogSink& log);
/// How a server fetches models into it, and sends them. Errors: those of
/// `TransferOptions::from_environment`.
Result<server::ModelTransfers> transfers_of(const std::shared_ptr<ModelStore>& store, const LogSink& log);

}  // namespace hearth::cli
