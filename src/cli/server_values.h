#pragma once

#include <string>

#include "cli/arguments/value_kind.h"

// Values of options that only a server has. What could never work is refused before a model is read.

namespace hearth::cli {

/// A host's name or address, which need not exist yet.
ValueKind<std::string> listen_address();
/// A name that clients reach the server by, with or without a port.
ValueKind<std::string> host_name();
/// The origin of web pages as browsers send it, or "*".
ValueKind<std::string> web_origin();
/// Where a collector of traces takes them; empty: there is none, whatever the environment says.
ValueKind<std::string> collector_url();

}  // namespace hearth::cli
