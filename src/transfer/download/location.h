#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "transfer/http/http_client.h"

namespace hearth::transfer {

/// Where the bytes of a file can be had now: behind all redirects.
struct Location {
  Url url;
  std::string authorization = {};  ///< for `url`
  std::optional<uint64_t> num_bytes = {};
  std::string etag = {};  ///< a strong one; empty: none
  bool has_ranges = false;
  HttpHead head = {};
};

/// Finds it out; asked again when what it gave no longer works.
using Locate = std::function<Result<Location>()>;

/// Asks a server for a file's first byte, which tells all of it. An answer that is none of 200, 206 and 416
/// goes to `refused`, which makes the error of it.
using Refused = std::function<Error(const HttpAnswer& answer)>;
Result<Location> locate(HttpClient& client, const Url& url, const std::string& authorization,
                        const Refused& refused);

}  // namespace hearth::transfer
