#include "server/models/pool_host.h"

#include <algorithm>
#include <set>

#include <fmt/ranges.h>

#include "api/call/api_call.h"
#include "base/check.h"
#include "base/printable.h"
#include "engine/pool/stored_template.h"
#include "server/models/describe_model.h"

namespace hearth::server {
namespace {

constexpr std::string_view kSuffix = ".gguf";
constexpr int kMaxAliases = 8;
constexpr size_t kMaxListed = 20;

/// A model's name without folders and suffix.
std::string_view bare_name(std::string_view name) {
  name.remove_prefix(name.rfind('/') + 1);
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  return name;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= api::kMaxNameSize &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Status check_aliases(const std::vector<PoolHost::Alias>& aliases) {
  for (const PoolHost::Alias& alias : aliases) {
    if (is_name(alias.name) && (alias.target.empty() || is_name(alias.target))) continue;
    return fail_hint(ErrorCode::kInvalidArgument,
                     "use letters, digits and signs, as in gpt-4o or org/name:tag",
                     "--alias: {} is no name for a model", hearth::quoted(alias.name));
  }
  return {};
}

/// What a client is told of a load that failed: it asked for too little to be refused as too large.
Error load_error(Error error, std::string_view name) {
  if (error.code == ErrorCode::kResourceLimit) error.code = ErrorCode::kOverloaded;
  error.message = fmt::format("model: {} cannot be loaded: {}", hearth::quoted(name, 200), error.message);
  return error;
}

}  // namespace

Result<std::unique_ptr<PoolHost>> PoolHost::start(Options options) {
  TRY(check_aliases(options.aliases));
  std::unique_ptr<PoolHost> host(new PoolHost(std::move(options)));
  ModelPoolOptions pool = host->options_.pool;
  pool.on_loaded = [host = host.get()](LoadedModel& model) { return host->take_in(model); };
  pool.on_unloading = [host = host.get()](const LoadedModel& model) { host->forget(model); };
  host->pool_ = TRY(ModelPool::create(std::move(pool)));
  TRY(host->load_pinned());
  return host;
}

PoolHost::~PoolHost() = default;

Status PoolHost::load_pinned() {
  for (const FoundModel& found : options_.pinned) {
    {
      const std::scoped_lock lock(mutex_);
      asked_[found.path] = found;
    }
    TRY(pool_->acquire(load_options(found), terms(found)));
  }
  return {};
}

/// On the pool's thread.
Status PoolHost::take_in(LoadedModel& model) {
  FoundModel found;
  {
    const std::scoped_lock lock(mutex_);
    const auto asked = asked_.find(model.path());
    CHECK(asked != asked_.end());
    found = asked->second;
  }
  Resident resident{.found = found,
                    .api = TRY(describe_model(model, found.name, options_.program_version, options_.log)),
                    .engine = TRY(model.loop()),
                    .by_name = {}};
  const std::scoped_lock lock(mutex_);
  known_[model.path()] = api::facts_of(resident.api);
  residents_.insert_or_assign(&model, std::move(resident));
  return {};
}

void PoolHost::forget(const LoadedModel& model) {
  const std::scoped_lock lock(mutex_);
  residents_.erase(&model);
}

Result<ServedModelPtr> PoolHost::serve(ModelLease lease, const HostedModel& model) {
  const std::scoped_lock lock(mutex_);
  const auto found = residents_.find(&*lease);
  CHECK(found != residents_.end());
  Resident& resident = found->second;
  auto& api = resident.by_name[{model.listing.id, model.found.digest}];
  if (api == nullptr) {
    api::ApiModel named = resident.api;
    named.id = model.listing.id;
    if (model.found.stored) named.preset = preset_of(*model.found.stored, options_.log);
    if (named.preset) named.default_sampling = preset_sampling(*named.preset, named.default_sampling);
    api = std::make_shared<const api::ApiModel>(std::move(named));
  }
  return std::make_shared<const ServedModel>(resident.found.name, api, *resident.engine, std::move(lease));
}

ModelOptions PoolHost::load_options(const FoundModel& found) const {
  ModelOptions options = options_.load;
  options.path = found.path;
  if (!found.draft.empty()) options.draft_path = found.draft;
  if (found.stored && !options.chat_template)
    options.chat_template = stored_chat_template(*found.stored, options_.log);
  if (const auto own = options_.settings.find(found.name); own != options_.settings.end()) {
    options.context = own->second.context.value_or(options.context);
    options.kv_dtype = own->second.kv_dtype.value_or(options.kv_dtype);
  }
  return options;
}

ModelTerms PoolHost::terms(const FoundModel& found) const {
  if (std::ranges::find(options_.pinned, found.path, &FoundModel::path) != options_.pinned.end()) {
    return {.keep_alive = ModelTerms::kForever, .pinned = true};
  }
  const auto own = options_.settings.find(found.name);
  if (own == options_.settings.end()) return {.keep_alive = options_.keep_alive};
  const ModelSettings& settings = own->second;
  return {.keep_alive =
              settings.pinned ? ModelTerms::kForever : settings.keep_alive.value_or(options_.keep_alive),
          .pinned = settings.pinned,
          .priority = settings.priority};
}

HostedModel PoolHost::hosted(FoundModel found, std::string name) const {
  HostedModel model;
  model.listing = {.id = std::move(name), .created = found.modified};
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = known_.find(found.path); known != known_.end())
      model.listing.facts = known->second;
  }
  model.found = std::move(found);
  return model;
}

std::vector<HostedModel> PoolHost::list() const {
  std::vector<HostedModel> models;
  std::set<std::string, std::less<>> names;
  std::set<std::filesystem::path> pinned;
  const auto add = [&](HostedModel model) {
    if (names.insert(model.listing.id).second) models.push_back(std::move(model));
  };
  for (const FoundModel& found : options_.pinned) {
    pinned.insert(found.path);
    add(hosted(found, found.name));
  }
  for (const Alias& alias : options_.aliases) {
    if (auto model = find(alias.name)) add(*std::move(model));
  }
  for (const auto& source : options_.sources) {
    for (FoundModel& found : source->list()) {
      if (pinned.contains(found.path)) continue;
      std::string name = found.name;
      add(hosted(std::move(found), std::move(name)));
    }
  }
  return models;
}

Result<HostedModel> PoolHost::find(std::string_view name) const { return resolve(name, 0); }

std::optional<FoundModel> PoolHost::find_pinned(std::string_view name, bool bare) const {
  for (const FoundModel& found : options_.pinned) {
    if (bare ? bare_name(found.name) == bare_name(name) : found.name == name) return found;
  }
  return std::nullopt;
}

Result<HostedModel> PoolHost::resolve(std::string_view name, int num_aliases) const {
  if (name.empty()) return find_default();
  if (auto found = find_pinned(name, false)) return hosted(*std::move(found), std::string(name));
  for (const Alias& alias : options_.aliases) {
    if (alias.name != name && bare_name(alias.name) != bare_name(name)) continue;
    if (num_aliases == kMaxAliases) {
      return fail(ErrorCode::kInvalidArgument, "model: {} stands for itself", hearth::quoted(name, 200));
    }
    HostedModel model = TRY(resolve(alias.target, num_aliases + 1));
    model.listing.id = alias.name;
    return model;
  }
  for (const auto& source : options_.sources) {
    auto found = source->find(name);
    if (found) {
      std::string shown = found->name;
      return hosted(*std::move(found), std::move(shown));
    }
    if (found.error().code != ErrorCode::kNotFound) {
      Error error = std::move(found.error());
      error.message = "model: " + error.message;
      return std::unexpected(std::move(error));
    }
  }
  if (auto found = find_pinned(name, true)) {
    std::string shown = found->name;
    return hosted(*std::move(found), std::move(shown));
  }
  return std::unexpected(not_found(name));
}

Result<HostedModel> PoolHost::find_default() const {
  if (!options_.pinned.empty()) return hosted(options_.pinned.front(), options_.pinned.front().name);
  std::vector<HostedModel> models = list();
  if (models.size() == 1) return std::move(models.front());
  return fail_hint(ErrorCode::kInvalidArgument, "GET /v1/models lists them",
                   "model: must be named, as there are {}", models.size());
}

Error PoolHost::not_found(std::string_view name) const {
  std::vector<std::string> known;
  for (const HostedModel& model : list()) known.push_back(model.listing.id);
  std::string there = "nothing";
  if (known.size() > kMaxListed) {
    there = fmt::format("{} and {} more", fmt::join(std::span(known).first(kMaxListed), ", "),
                        known.size() - kMaxListed);
  } else if (!known.empty()) {
    there = fmt::format("{}", fmt::join(known, ", "));
  }
  return {ErrorCode::kNotFound, fmt::format("model: {} does not exist", hearth::quoted(name, 200)),
          fmt::format("there is {}; serve it with --alias to give it a further name", there)};
}

std::shared_ptr<ModelWish> PoolHost::ask(std::string_view name) {
  auto wish = std::make_shared<ModelWish>();
  auto model = find(name);
  if (!model) {
    wish->grant(std::unexpected(std::move(model.error())));
    return wish;
  }
  {
    const std::scoped_lock lock(mutex_);
    asked_[model->found.path] = model->found;
  }
  const auto ready = [this, weak = std::weak_ptr(wish), asked = *model](Result<ModelLease> lease) {
    const auto waiting = weak.lock();
    if (waiting == nullptr) return;
    if (lease) {
      waiting->grant(serve(*std::move(lease), asked));
    } else {
      waiting->grant(std::unexpected(load_error(std::move(lease.error()), asked.listing.id)));
    }
  };
  const auto ticket = pool_->acquire(load_options(model->found), ready, terms(model->found));
  if (!wish->result()) wish->set_withdraw([pool = pool_.get(), ticket] { pool->withdraw(ticket); });
  return wish;
}

std::vector<RunningModel> PoolHost::running() const {
  std::vector<RunningModel> models;
  // A model that goes says so under this lock before it is gone.
  const std::scoped_lock lock(mutex_);
  const auto now = pool_->now();
  for (const ModelPool::Entry& entry : pool_->loaded()) {
    const auto found = residents_.find(entry.loaded);
    if (found == residents_.end()) continue;
    const Resident& resident = found->second;
    RunningModel model{.name = resident.found.name,
                       .found = resident.found,
                       .context = resident.api.context,
                       .num_bytes = entry.num_bytes,
                       .num_users = entry.num_leases,
                       .stopping = entry.leaving,
                       .expires_in = entry.expires_in(now),
                       .stats = resident.engine->stats(),
                       .grammars = {}};
    if (entry.num_leases > 0 && entry.terms.keep_alive != ModelTerms::kForever) {
      model.expires_in = entry.terms.keep_alive;
    }
    if (resident.api.grammars) model.grammars = resident.api.grammars->stats();
    models.push_back(std::move(model));
  }
  return models;
}

Result<bool> PoolHost::unload(std::string_view name) {
  const HostedModel model = TRY(find(name));
  return pool_->unload(load_options(model.found));
}

}  // namespace hearth::server
