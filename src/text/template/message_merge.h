#pragma once

#include <vector>

#include <nlohmann/json.hpp>

namespace hearth {

/// Other arrangements of a conversation (messages as `message_form.h` has them) for a template that refuses
/// it as it is, or leaves out a text of it; those that change nothing are left out. In this order:
/// 1. all system messages are one, at the start;
/// 2. and neighbouring messages of the user, or of the assistant, are one;
/// 3. and the system's text stands in front of the user's first.
/// What becomes one is joined by a blank line.
std::vector<nlohmann::ordered_json> rearranged(const nlohmann::ordered_json& messages);

}  // namespace hearth
