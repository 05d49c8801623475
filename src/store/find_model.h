#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "store/model_path.h"
#include "store/model_store.h"

namespace hearth {

/// The store of this user. Errors: kNotFound where he has no home, and those of `ModelStore::open`.
Result<std::unique_ptr<ModelStore>> open_user_store(const Environment& environment, LogSink log);

/// A model that a user means.
struct LocatedModel {
  std::filesystem::path path;
  std::optional<StoredModel> stored = {};  ///< where it is one of the store's
};

/// A path, or a loose file in the model folders (`resolve_model`), or a name of the store: exactly that, or
/// with the tag it has by default. Errors: kNotFound saying where it looked, what is there and how to get it;
/// those of `resolve_model` and of `ModelStore::find`.
Result<LocatedModel> find_model(std::string_view model, const Environment& environment, const LogSink& log);
Result<LocatedModel> find_model(std::string_view model, const LogSink& log);

/// The name of the model that runs where none is named. Error: kNotFound that says how to get it.
Result<std::string> default_model_name(const Environment& environment, const LogSink& log);
Result<std::string> default_model_name(const LogSink& log);

/// What can be named: the models of the store, and loose files.
std::vector<std::string> model_names(const Environment& environment);

}  // namespace hearth
