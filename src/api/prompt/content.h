#pragma once

#include "api/call/json.h"

namespace hearth::api {

/// Converts a message's content, a string or parts of text, to the form of `text/template/message_form.h`.
/// Errors: kInvalidArgument naming `path`, kUnsupported for images, audio and files.
Result<Json> read_content(const Json& content, const std::string& path);

/// One part of text.
Result<std::string> read_text_part(const Json& part, const std::string& path);

}  // namespace hearth::api
