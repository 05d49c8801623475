#include "store/find_model.h"

#include <algorithm>

#include "base/printable.h"
#include "store/catalog/catalog.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxListed = 10;

/// What can only be a path: a store's name has no such form.
bool is_path(std::string_view text) {
  return text.starts_with('/') || text.starts_with('.') || text.starts_with('~') ||
         (text.ends_with(".gguf") && text.find("://") == std::string_view::npos);
}

std::unexpected<Error> not_found(std::string_view model, Error error, const Environment& environment) {
  const std::vector<std::string> names = model_names(environment);
  std::string hint = fmt::format("`hearth pull {}` fetches it", model);
  for (size_t i = 0; i < std::min(names.size(), kMaxListed); ++i)
    hint += (i == 0 ? "; there is: " : ", ") + names[i];
  if (names.size() > kMaxListed) hint += fmt::format(" and {} more", names.size() - kMaxListed);
  if (names.empty()) hint += ", or give the path of a .gguf file";
  error.hint = std::move(hint);
  return std::unexpected(std::move(error));
}

}  // namespace

Result<std::unique_ptr<ModelStore>> open_user_store(const Environment& environment, LogSink log) {
  if (const auto folder = store_folder(environment)) return ModelStore::open(*folder, std::move(log));
  return fail_hint(ErrorCode::kNotFound, "set HOME, or name a folder by HEARTH_MODELS",
                   "there is no place for models: HOME is not set");
}

Result<LocatedModel> find_model(std::string_view model, const Environment& environment, const LogSink& log) {
  auto path = resolve_model(model, environment);
  // A folder of another kind that happens to have the name is not meant.
  std::error_code error;
  const bool is_other_folder = path && fs::is_directory(*path, error) && !is_model(*path);
  if (path && !is_other_folder) return LocatedModel{*std::move(path)};
  if (!path && path.error().code != ErrorCode::kNotFound) return std::unexpected(std::move(path.error()));
  const auto name = ModelName::parse(model);
  const auto store = open_user_store(environment, log);
  if (name && store && !is_path(model)) {
    auto stored = (*store)->find(*name);
    if (stored) {
      fs::path opened = stored->path;
      return LocatedModel{std::move(opened), *std::move(stored)};
    }
    if (stored.error().code != ErrorCode::kNotFound) return std::unexpected(std::move(stored.error()));
  }
  if (path) return LocatedModel{*std::move(path)};
  if (!name || is_path(model)) return std::unexpected(std::move(path.error()));
  return not_found(model, std::move(path.error()), environment);
}

Result<LocatedModel> find_model(std::string_view model, const LogSink& log) {
  return find_model(model, process_environment(), log);
}

Result<std::string> default_model_name(const Environment& environment, const LogSink& log) {
  // By its names, or as the file that is linked there.
  for (const std::string_view name : {kDefaultModelAlias, kDefaultModel, kDefaultModelFile}) {
    const auto found = find_model(name, environment, log);
    if (found) return std::string(name);
    if (found.error().code != ErrorCode::kNotFound) return std::unexpected(found.error());
  }
  return fail_hint(
      ErrorCode::kNotFound,
      "name a MODEL (`hearth list` shows what is here), or fetch the default one with `./dev run`",
      "no MODEL is named, and the default one, {}, is not here", kDefaultModelAlias);
}

Result<std::string> default_model_name(const LogSink& log) {
  return default_model_name(process_environment(), log);
}

std::vector<std::string> model_names(const Environment& environment) {
  std::vector<std::string> names = list_models(environment);
  if (const auto store = open_user_store(environment, no_log())) {
    for (const ModelName& name : (*store)->names()) names.push_back(visible_line(name.text()));
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace hearth
