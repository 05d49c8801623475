#pragma once

#include "transfer/session/transfer_session.h"

namespace hearth::transfer {

/// A model of Hugging Face's hub: the files of one commit that make it.
Status pull_hub(TransferSession& session);

}  // namespace hearth::transfer
