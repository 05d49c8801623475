#include "server/connection/owner_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hearth::server {
namespace {

using Protocol = asio::local::stream_protocol;
using ErrorValue = boost::system::error_code;

uint64_t inode_of(const std::filesystem::path& path) {
  struct stat info = {};
  return ::lstat(path.c_str(), &info) == 0 ? uint64_t(info.st_ino) : 0;
}

bool somebody_listens(asio::io_context& io, const std::filesystem::path& path) {
  Protocol::socket probe(io);
  ErrorValue error;
  probe.connect(Protocol::endpoint(path.string()), error);
  return !error;
}

}  // namespace

std::unique_ptr<OwnerSocket> OwnerSocket::open(asio::io_context& io, const std::filesystem::path& path,
                                               const LogSink& log) {
  const auto none = [&](std::string_view why) {
    log(LogLevel::kWarning,
        fmt::format("hearth ps, stop and run do not find this server: {}: {}", path.string(), why));
    return nullptr;
  };
  if (path.string().size() >= sizeof(sockaddr_un::sun_path)) return none("the path is too long");
  if (somebody_listens(io, path)) return none("another server has this socket");
  std::unique_ptr<OwnerSocket> made(new OwnerSocket(io, path));
  ErrorValue error;
  // What a server left that was killed.
  struct stat info = {};
  if (::lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) ::unlink(path.c_str());
  made->acceptor.open(Protocol(), error);
  if (!error) made->acceptor.bind(Protocol::endpoint(path.string()), error);
  if (!error && ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0)
    error.assign(errno, boost::system::system_category());
  if (!error) made->acceptor.listen(64, error);
  if (error) return none(error.message());
  made->inode_ = inode_of(path);
  return made;
}

OwnerSocket::~OwnerSocket() {
  // Another server may have put its own there.
  if (inode_ != 0 && inode_of(path_) == inode_) ::unlink(path_.c_str());
}

bool is_own_user(int socket) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace hearth::server
