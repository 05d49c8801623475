#pragma once

#include "api/call/api_model.h"

namespace hearth::api {

/// A conversation behind what the model's maker has set: his system message where it has none, his messages.
Json with_preset(const ApiModel& model, Json messages);

}  // namespace hearth::api
