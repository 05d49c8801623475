#pragma once

#include <string>
#include <string_view>

#include "api/call/api_error.h"
#include "server/http/message.h"

namespace hearth::server {

using api::HeaderList;

/// A response as HTTP/1.1. With `head_only` the body is left out, but not its Content-Length.
std::string write_response(const HttpResponse& response, const HeaderList& more, bool keep_alive,
                           bool head_only);

/// The head of a stream.
std::string write_stream_head(std::string_view content_type, const HeaderList& more, bool keep_alive,
                              bool chunked);

/// One chunk of a chunked body.
std::string write_chunk(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string_view reason_phrase(int status);

}  // namespace hearth::server
