#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/pool/model_pool.h"
#include "store/stored_model.h"

namespace hearth::cli {

/// What a command says about the model it wants to run.
struct SessionOptions {
  std::string model;               ///< a path or a name
  std::string draft_model;         ///< a path or a name; empty: none
  std::string precision = "auto";  ///< "auto" or "f32"
  std::string kv_type = "f16";
  std::string chat_template;  ///< a file; empty: as the model's files say
  std::string pooling;        ///< "mean", "cls", "last" or "rank"; empty: as the files say
  ComputeOptions compute = {};
  ModelOptions load = {};  ///< without what the names above stand for
  PrefixFolder prefixes = {};
};

/// The one model of a command, and the pool that it comes from.
struct Session {
  std::unique_ptr<ModelPool> pool;
  ModelLease lease;
  std::optional<StoredModel> stored = {};  ///< where it is one of the store's

  LoadedModel& operator*() const { return *lease; }
  LoadedModel* operator->() const { return &*lease; }
};

/// Opens, plans and loads. What is not as asked for (a smaller context) is said in `log`. Errors: those of
/// `ModelPool::acquire`; kNotFound for a name; kInvalidArgument.
Result<Session> open_session(const SessionOptions& options, const LogSink& log);

/// How a command has models loaded, without their files. Errors: kNotFound for the name of a draft model;
/// kInvalidArgument.
Result<ModelOptions> load_options(const SessionOptions& options, const LogSink& log);

/// How a model is loaded, and what the store says of it if it is one of the store's.
struct ChosenModel {
  ModelOptions load;
  std::optional<StoredModel> stored = {};
};

/// What a command says, and where it says nothing the store. Errors: kNotFound for a name; kInvalidArgument;
/// kUnsupported for a model of the store that cannot be run.
Result<ChosenModel> choose_model(const SessionOptions& options, const LogSink& log);

/// A model that is planned and not loaded, and what it would compute with.
struct PlannedSession {
  std::unique_ptr<Compute> compute;
  OpenedModel model;
};

/// Errors: as `open_session`.
Result<PlannedSession> plan_session(const SessionOptions& options, const LogSink& log);

/// Error: kInvalidArgument for what is no type of a KV cache.
Result<DType> parse_kv_type(std::string_view name);

/// The ways of pooling, as `SessionOptions::pooling` names them.
std::vector<std::string> pooling_names();

/// The types a KV cache can have, as `SessionOptions::kv_type` names them; the usual one first.
std::vector<std::string> kv_type_names();

}  // namespace hearth::cli
