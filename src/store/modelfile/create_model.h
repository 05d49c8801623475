#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "store/import/import_files.h"
#include "store/model_store.h"
#include "store/modelfile/modelfile.h"

namespace hearth {

struct CreateOptions {
  std::filesystem::path folder;  ///< that relative paths are from
  ImportOptions import = {};
  /// Fetches a model that FROM names and the store has not; without it, that is an error.
  std::function<Status(const ModelName& name)> fetch = {};
  /// Told what is done: "using existing layer sha256:...", "writing manifest".
  std::function<void(std::string_view status)> progress = {};
};

/// Makes a model as a Modelfile says and publishes it. FROM, ADAPTER and DRAFT are paths where such a file or
/// folder is, and else names. Errors: those of `import_files`, `assemble_model` and `ModelStore::put`;
/// kNotFound for what is neither.
Status create_model(const ModelName& name, const Modelfile& file, ModelStore& store,
                    const CreateOptions& options);

}  // namespace hearth
