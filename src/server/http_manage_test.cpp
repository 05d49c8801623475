#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/access/key_store.h"
#include "server/testing/host_rig.h"

// Who may manage a server: its own user over the socket of this machine, and keys with that scope.

namespace hearth::server {
namespace {

using nlohmann::json;
using testing::get;
using testing::HostRig;
using testing::post;
using testing::ReceivedResponse;
using testing::TestClient;
using testing::TestFolder;

int connect_to(const std::filesystem::path& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return socket;
  ::close(socket);
  return -1;
}

ReceivedResponse ask_owner(const HostRig& rig, const std::string& request) {
  TestClient client = TestClient::of(connect_to(rig.server->socket()));
  client.send(request);
  return client.read_response();
}

HostRig::Options with_socket(const TestFolder& folder) {
  HostRig::Options options;
  options.server.socket = folder.path() / "daemon.sock";
  return options;
}

std::string load(const std::string& model) { return post("/models/load", R"({"model":")" + model + "\"}"); }
std::string unload(const std::string& model) {
  return post("/models/unload", R"({"model":")" + model + "\"}");
}

TEST(Manage, TheServersUserMayOverItsSocket) {
  const TestFolder folder;
  HostRig rig(with_socket(folder));
  ASSERT_FALSE(rig.server->socket().empty());
  struct stat info = {};
  ASSERT_EQ(::stat(rig.server->socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  EXPECT_EQ(json::parse(ask_owner(rig, get("/models/running")).body)["models"].size(), 0u);
  const ReceivedResponse loaded = ask_owner(rig, load("llama3"));
  ASSERT_EQ(loaded.status, 200) << loaded.body;
  EXPECT_EQ(json::parse(loaded.body)["context_length"], 512);
  const json running = json::parse(ask_owner(rig, get("/models/running")).body)["models"];
  ASSERT_EQ(running.size(), 1u);
  EXPECT_EQ(running[0]["name"], "llama3");
  EXPECT_EQ(running[0]["context"], 512);
  EXPECT_GT(running[0]["memory"], 0);
  EXPECT_EQ(running[0]["expires_in_s"], nullptr);
  EXPECT_EQ(ask_owner(rig, HostRig::completion("llama3", 2)).status, 200);
  EXPECT_EQ(json::parse(ask_owner(rig, unload("llama3")).body)["unloaded"], true);
  EXPECT_TRUE(rig.wait_for_running({}));
  EXPECT_EQ(json::parse(ask_owner(rig, unload("llama3")).body)["unloaded"], false);
  EXPECT_EQ(ask_owner(rig, unload("none")).status, 404);
  EXPECT_EQ(ask_owner(rig, load("none")).status, 404);
}

TEST(Manage, NobodyElseMayWithoutAKey) {
  const TestFolder folder;
  HostRig rig(with_socket(folder));
  for (const std::string& request : {get("/models/running"), load("llama3"), unload("llama3")}) {
    const ReceivedResponse refused = rig.ask(request);
    EXPECT_EQ(refused.status, 403) << refused.body;
    EXPECT_NE(refused.body.find("scope manage"), std::string::npos);
  }
  EXPECT_TRUE(rig.running().empty());
  HostRig::Options local;
  local.server.anyone_manages = true;
  HostRig open(local);
  EXPECT_EQ(open.ask(load("llama3")).status, 200);
}

TEST(Manage, ASocketIsTakenOverFromTheDeadAlone) {
  const TestFolder folder;
  {
    HostRig first(with_socket(folder));
    HostRig second(with_socket(folder));
    EXPECT_FALSE(first.server->socket().empty());
    EXPECT_TRUE(second.server->socket().empty()) << "it is the first one's";
    EXPECT_EQ(second.ask(get("/health")).status, 200);
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "daemon.sock")) << "it goes with its server";
  // What a server leaves that was killed.
  const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (folder.path() / "daemon.sock").c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ::close(left);
  HostRig third(with_socket(folder));
  EXPECT_EQ(ask_owner(third, get("/health")).status, 200);
  HostRig::Options long_path;
  long_path.server.socket = folder.path() / std::string(200, 'a');
  HostRig fourth(long_path);
  EXPECT_TRUE(fourth.server->socket().empty());
  EXPECT_EQ(fourth.ask(get("/health")).status, 200);
}

}  // namespace
}  // namespace hearth::server
