#pragma once

#include <map>
#include <optional>
#include <string>

#include "api/call/json.h"
#include "server/jobs/job.h"
#include "server/runs/services.h"
#include "store/modelfile/modelfile.h"

namespace hearth::server {

/// What /api/create is to make.
struct CreateRequest {
  ModelName name;
  std::optional<ModelName> from = {};            ///< a model of the store, or one to be pulled
  std::map<std::string, BlobDigest> files = {};  ///< by their names; their blobs were put before
  std::map<std::string, BlobDigest> adapters = {};
  Modelfile parts;  ///< all else
};

/// Errors: kInvalidArgument naming the member, kUnsupported for what is not done here (`quantize`).
Result<CreateRequest> read_create_request(const api::Json& body);

/// Makes the model and puts it into the store, telling `job` how far it is. Errors: kNotFound for a model or
/// a blob that is not there; those of the store and of the files.
Status create_as_asked(const CreateRequest& request, ModelStore& store, const ModelTransfers& transfers,
                       Job& job, const std::stop_token& stop);

}  // namespace hearth::server
