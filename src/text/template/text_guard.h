#pragma once

#include <functional>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "text/origin_text.h"

namespace hearth {

/// Whether a template writes every text of a conversation (messages as `message_form.h` has them): it is
/// rendered once more by `render`, with a word of its own in place of each text, so that a template which
/// trims or rewrites texts passes and one that leaves a text out does not. Texts beside tool calls are not
/// asked for, since many templates write the calls alone. Error: kInvalidArgument naming the message.
Status check_texts_are_written(
    const nlohmann::ordered_json& messages,
    const std::function<Result<OriginText>(const nlohmann::ordered_json& messages)>& render);

}  // namespace hearth
