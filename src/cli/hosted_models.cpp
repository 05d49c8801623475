#include "cli/hosted_models.h"

#include <utility>

#include "api/parameters/keep_alive.h"
#include "cli/version.h"
#include "server/models/loose_models.h"
#include "server/models/stored_models.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

server::PoolHost::Alias read_alias(const std::string& text) {
  const size_t sign = text.find('=');
  if (sign == std::string::npos) return {.name = text, .target = {}};
  return {.name = text.substr(0, sign), .target = text.substr(sign + 1)};
}

/// Loose files come first, as for commands.
Result<std::vector<std::shared_ptr<const server::ModelFinder>>> find_models(const LogSink& log) {
  std::vector<std::shared_ptr<const server::ModelFinder>> finders;
  finders.push_back(std::make_shared<server::LooseModels>(process_environment()));
  if (auto store = TRY(open_store(log)))
    finders.push_back(std::make_shared<server::StoredModels>(std::move(store)));
  return finders;
}

}  // namespace

ValueKind<std::chrono::nanoseconds> keep_alive() {
  const auto parse = [](std::string_view text) -> Result<std::chrono::nanoseconds> {
    const auto time = api::parse_duration(text);
    if (time) return time->count() < 0 ? ModelTerms::kForever : *time;
    return fail_hint(ErrorCode::kInvalidArgument, "write 5m, 1h30m or 300; 0 is not at all, -1 for ever",
                     "{} is no length of time", hearth::quoted(text));
  };
  const auto show = [](const std::chrono::nanoseconds& time) {
    if (time == ModelTerms::kForever) return std::string("-1");
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return seconds > 0 && seconds % 60 == 0 ? fmt::format("{}m", seconds / 60) : fmt::format("{}s", seconds);
  };
  return {"DURATION", "as 5m, 1h30m or 300; 0: not at all; -1: for ever", parse, show};
}

void add_host_options(Arguments& arguments, HostOptions& options) {
  arguments.flag("--only", options.only, "serve MODEL and its aliases, and no other");
  arguments.repeatable("--alias", options.aliases, word("NAME"),
                       "further name that clients may give for MODEL; or NAME=MODEL for another");
  arguments.option("--keep-loaded", options.keep_loaded, keep_alive(),
                   "time for which a model that was loaded on demand stays when nobody uses it");
  arguments.option("--max-loaded", options.max_loaded, number(size_t(0), size_t(1) << 20),
                   "most models that are loaded at once; 0: as many as fit");
  arguments.option("--memory", options.memory_gb, number(0.0, 1e6),
                   "gigabytes that all loaded models together may take; 0: what the system has");
}

Result<std::unique_ptr<server::PoolHost>> open_host(const SessionOptions& session, const HostOptions& options,
                                                    const LogSink& log) {
  server::PoolHost::Options host{.pool = {.compute = session.compute,
                                          .prefixes = session.prefixes,
                                          .max_models = options.max_loaded,
                                          .log = log},
                                 .load = TRY(load_options(session, log)),
                                 .keep_alive = options.keep_loaded,
                                 .settings = options.settings,
                                 .program_version = std::string(version()),
                                 .log = log};
  if (options.memory_gb > 0) host.pool.budget = size_t(options.memory_gb * double(size_t(1) << 30));
  if (!session.model.empty()) {
    LocatedModel located = TRY(find_model(session.model, log));
    host.pinned.push_back(located.stored ? server::found_in_store(*std::move(located.stored))
                                         : server::found_at(located.path));
  }
  if (!options.only) host.sources = TRY(find_models(log));
  for (const std::string& alias : options.aliases) host.aliases.push_back(read_alias(alias));
  host.aliases.insert(host.aliases.end(), options.configured_aliases.begin(),
                      options.configured_aliases.end());
  return server::PoolHost::start(std::move(host));
}

Result<std::shared_ptr<ModelStore>> open_store(const LogSink& log) {
  const std::vector<std::filesystem::path> folders = model_folders(process_environment());
  if (folders.empty()) return nullptr;
  return std::shared_ptr<ModelStore>(TRY(ModelStore::open(folders.front(), log)));
}

Result<server::ModelTransfers> transfers_of(const std::shared_ptr<ModelStore>& store, const LogSink& log) {
  const TransferOptions options = TRY(TransferOptions::from_environment(process_environment()));
  return server::ModelTransfers{
      .pull =
          [store, options, log](const PullRequest& request, const OnProgress& progress,
                                const std::stop_token& stop) {
            return pull(request, *store, options, progress, stop, log);
          },
      .push =
          [store, options, log](const PullRequest& request, const OnProgress& progress,
                                const std::stop_token& stop) {
            return push(request, *store, options, progress, stop, log);
          }};
}

}  // namespace hearth::cli
