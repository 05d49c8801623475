#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/content/blob_store.h"
#include "store/content/manifest.h"
#include "store/modelfile/modelfile.h"

namespace hearth {

/// What a Modelfile's FROM, ADAPTER and DRAFT have turned out to be: all blobs of it are in the store.
struct ModelParts {
  std::optional<Manifest> base = {};  ///< of a model that FROM names
  std::vector<Layer> files = {};      ///< of files that FROM, ADAPTER and DRAFT name, as they are to be
};

/// The manifest of a model made as a Modelfile says: the layers of its base, of which the new files,
/// template, system message, parameters, messages and licenses take the place of those of their kind (a
/// parameter that is not given stays). Its small layers are put into `blobs`; `config`: the text of its
/// config, empty for the base's. Errors: kInvalidArgument for parameters that there are not, kCorruptData,
/// kIo, kNoSpace.
Result<Manifest> assemble_model(const Modelfile& file, ModelParts parts, std::string_view config,
                                BlobStore& blobs);

}  // namespace hearth
