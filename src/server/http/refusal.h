#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "server/http/message.h"
#include "server/http/route.h"

namespace hearth::server {

/// An answer that says why there is none, in no dialect yet.
struct Refusal {
  int status = 400;
  std::string code;            ///< for programs: "invalid_api_key"
  std::string message;         ///< for people
  std::string parameter = {};  ///< what it is about, where one parameter is
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// What of an error its client may know: of what the server itself got wrong the id alone, by which the log
/// has it; paths and the system's reasons stay there.
Error public_error(Error error, std::string_view id);

/// A public error as a refusal.
Refusal refusal_of(const Error& error, std::string_view request_id);

/// The error body of the dialect.
HttpReply reply_of(const Refusal& refusal, Dialect dialect, std::string_view request_id);

}  // namespace hearth::server
