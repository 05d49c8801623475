#pragma once

#include <string_view>

#include "api/parameters/schema.h"

namespace hearth::api {

/// Lets a stream outlive its connection and adds event ids for resuming it.
inline constexpr Parameter kStreamGrace = {
    "Hearth-Stream-Grace", Schema::integer(0, std::numeric_limits<uint32_t>::max()),
    "For how many seconds generation continues after the connection is lost. Each event of a stream "
    "carries an id then, and GET /v1/streams/{id} sends what came after it."};
/// The last event that a client has seen.
inline constexpr Parameter kLastEventId = {
    "Last-Event-ID", Schema::integer(0, std::numeric_limits<int64_t>::max()),
    "The last event that was seen; none: the stream is sent from its beginning."};

/// Response headers. Parameters without effect are noted in a header, since strict clients reject unknown
/// members of the body.
inline constexpr Parameter kNote = {"Hearth-Note", Schema::text(0),
                                    "A parameter that changed nothing, and why. May come several times."};
inline constexpr Parameter kStreamId = {"Hearth-Stream-Id", Schema::text(0),
                                        "The id by which GET /v1/streams/{id} carries on a stream."};

/// An integer in a header or a query. Error: kInvalidArgument naming the parameter.
Result<int64_t> read_integer(const Parameter& parameter, std::string_view text);

}  // namespace hearth::api
