#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "store/model_path.h"

namespace hearth::cli {

using Json = nlohmann::ordered_json;

/// Where a server of this user listens for the user's own commands: $HEARTH_SOCKET, or daemon.sock in the
/// folder of its data. Error: kNotFound where there is no such folder.
Result<std::filesystem::path> daemon_socket(const Environment& environment);

/// A server of the same user, over its socket.
class DaemonClient {
 public:
  /// Nothing where no server answers there.
  static std::optional<DaemonClient> find(const Environment& environment);

  /// Errors: what the server says, with the code that its status stands for; kIo where it does not answer.
  Result<Json> get(std::string_view path) const;
  Result<Json> post(std::string_view path, const Json& body) const;

  /// Data of the events of a stream, as they come. False: no more is wanted.
  using OnData = std::function<bool(std::string_view data)>;
  /// Looked at while nothing comes; true ends the stream.
  using Stopped = std::function<bool()>;
  /// Errors: as `post`, also where the stream ends with one; kCancelled where it was stopped.
  Status stream(std::string_view path, const Json& body, const OnData& on_data, const Stopped& stopped) const;

 private:
  explicit DaemonClient(std::filesystem::path socket) : socket_(std::move(socket)) {}

  std::filesystem::path socket_;
};

}  // namespace hearth::cli
