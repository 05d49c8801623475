#pragma once

#include "transfer/session/transfer_session.h"

namespace hearth::transfer {

/// Sends a model's blobs, those that are not there, and then its manifest.
Status push_registry(TransferSession& session);

}  // namespace hearth::transfer
