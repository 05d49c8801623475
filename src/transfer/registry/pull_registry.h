#pragma once

#include "transfer/session/transfer_session.h"

namespace hearth::transfer {

/// A model of an OCI registry: the manifest, as it is, and its blobs.
Status pull_registry(TransferSession& session);

}  // namespace hearth::transfer
