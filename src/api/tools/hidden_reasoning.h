#pragma once

#include <memory>

#include "engine/schedule/output_parser.h"

namespace hearth::api {

/// Reads as another parser does, and leaves the thoughts out. Their tokens count all the same.
std::unique_ptr<OutputParser> hide_reasoning(std::unique_ptr<OutputParser> parser);

}  // namespace hearth::api
