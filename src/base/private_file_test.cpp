#include "base/private_file.h"

#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

class PrivateFile : public testing::TestWithParam<mode_t> {
 protected:
  PrivateFile() {
    std::string pattern = fs::temp_directory_path() / "hearth_private_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    former_umask_ = ::umask(0);
  }
  ~PrivateFile() override {
    ::umask(former_umask_);
    fs::remove_all(folder_);
  }
  static mode_t mode_of(const fs::path& path) {
    struct stat info = {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : mode_t(-1);
  }
  void put(const fs::path& path, mode_t mode) const {
    std::ofstream(path) << "content";
    ::chmod(path.c_str(), mode);
  }
  template <typename R>
  static Error error_of(const R& result) {
    return result ? Error{} : result.error();
  }
  LogSink log() {
    return [this](LogLevel level, std::string_view line) {
      EXPECT_EQ(level, LogLevel::kWarning);
      notes_.emplace_back(line);
    };
  }

  fs::path folder_;
  std::vector<std::string> notes_;
  mode_t former_umask_;
};

INSTANTIATE_TEST_SUITE_P(Umasks, PrivateFile, testing::Values(0, 022, 077, 0277, 0777),
                         [](const auto& test) { return fmt::format("umask_{:04o}", test.param); });

TEST_P(PrivateFile, WhatIsMadeIsForItsOwnerAlone) {
  ::umask(GetParam());
  const fs::path deep = folder_ / "a" / "b" / "c";
  ASSERT_TRUE(make_private_folder(deep, log()));
  for (const fs::path& made : {folder_ / "a", folder_ / "a" / "b", deep}) EXPECT_EQ(mode_of(made), 0700u);
  ASSERT_TRUE(open_private_file(deep / "opened", log()));
  ASSERT_TRUE(write_file_atomic(deep / "written", "x"));
  ASSERT_TRUE(*create_file(deep / "created", "x"));
  for (const char* name : {"opened", "written", "created"}) EXPECT_EQ(mode_of(deep / name), 0600u) << name;
  EXPECT_EQ(std::distance(fs::directory_iterator(deep), {}), 3) << "no draft is left";
  EXPECT_TRUE(notes_.empty());
}

class Narrowed : public PrivateFile {};
INSTANTIATE_TEST_SUITE_P(Modes, Narrowed, testing::Values(0644, 0666, 0640, 0604, 0660, 0755),
                         [](const auto& test) { return fmt::format("mode_{:04o}", test.param); });

TEST_P(Narrowed, WhatWasThereIsNarrowedAloud) {
  put(folder_ / "opened", GetParam());
  put(folder_ / "kept", GetParam());
  ASSERT_TRUE(open_private_file(folder_ / "opened", log()));
  ASSERT_TRUE(keep_private(folder_ / "kept", log()));
  fs::create_directory(folder_ / "folder");
  ::chmod((folder_ / "folder").c_str(), GetParam() | 0700);
  ASSERT_TRUE(make_private_folder(folder_ / "folder", log()));
  EXPECT_EQ(mode_of(folder_ / "opened"), 0600u);
  EXPECT_EQ(mode_of(folder_ / "kept"), 0600u);
  EXPECT_EQ(mode_of(folder_ / "folder"), 0700u);
  ASSERT_EQ(notes_.size(), 3u);
  EXPECT_NE(notes_[0].find("opened"), std::string::npos) << notes_[0];
  EXPECT_NE(notes_[0].find(fmt::format("{:04o}", GetParam())), std::string::npos) << notes_[0];
  EXPECT_NE(notes_[2].find("folder"), std::string::npos) << notes_[2];
  EXPECT_EQ(read_file(folder_ / "opened", 100).value(), "content") << "what it held stays";
}

TEST_F(PrivateFile, WhatIsPrivateAlreadyIsNoNews) {
  put(folder_ / "file", 0600);
  ASSERT_TRUE(open_private_file(folder_ / "file", log()));
  ASSERT_TRUE(keep_private(folder_ / "file", log()));
  ASSERT_TRUE(keep_private(folder_ / "missing", log()));
  ASSERT_TRUE(make_private_folder(folder_, log()));
  EXPECT_TRUE(notes_.empty());
  EXPECT_FALSE(fs::exists(folder_ / "missing"));
}

TEST_F(PrivateFile, FoldersAboveStayAsTheyAre) {
  fs::create_directory(folder_ / "shared");
  ::chmod((folder_ / "shared").c_str(), 0755);
  ASSERT_TRUE(make_private_folder(folder_ / "shared" / "own", log()));
  EXPECT_EQ(mode_of(folder_ / "shared"), 0755u);
  EXPECT_EQ(mode_of(folder_ / "shared" / "own"), 0700u);
}

TEST_F(PrivateFile, LinksAreNotFollowed) {
  put(folder_ / "target", 0644);
  fs::create_symlink("target", folder_ / "link");
  fs::create_symlink("nowhere", folder_ / "dangling");
  fs::create_hard_link(folder_ / "target", folder_ / "hard");
  for (const char* name : {"link", "dangling", "hard"}) {
    EXPECT_FALSE(open_private_file(folder_ / name, log())) << name;
    const Status kept = keep_private(folder_ / name, log());
    ASSERT_FALSE(kept) << name;
    EXPECT_NE(kept.error().message.find(name), std::string::npos) << kept.error().message;
    EXPECT_FALSE(kept.error().hint.empty());
  }
  EXPECT_FALSE(fs::exists(folder_ / "nowhere"));
  EXPECT_EQ(mode_of(folder_ / "target"), 0644u) << "the file behind the link is somebody's";
  ASSERT_TRUE(write_file_atomic(folder_ / "link", "own"));
  EXPECT_EQ(read_file(folder_ / "target", 100).value(), "content");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder_ / "link")));
}

TEST_F(PrivateFile, WhatBelongsToAnotherUserIsRefused) {
  if (::geteuid() != 0) return;  // only root can make such a file
  put(folder_ / "file", 0600);
  fs::create_directory(folder_ / "folder");
  for (const char* name : {"file", "folder"}) ASSERT_EQ(::chown((folder_ / name).c_str(), 65534, 65534), 0);
  const auto opened = open_private_file(folder_ / "file", log());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("another user"), std::string::npos) << opened.error().message;
  EXPECT_FALSE(keep_private(folder_ / "file", log()));
  EXPECT_FALSE(make_private_folder(folder_ / "folder", log()));
}

TEST_F(PrivateFile, OnlyTheFirstCreates) {
  EXPECT_TRUE(create_file(folder_ / "file", "first").value());
  EXPECT_FALSE(create_file(folder_ / "file", "second").value());
  EXPECT_EQ(read_file(folder_ / "file", 100).value(), "first");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
  EXPECT_FALSE(create_file(folder_ / "none" / "file", "x"));
}

// Each of them could keep a careless open() or read() waiting for ever.
TEST_F(PrivateFile, WhatIsNoFileIsRefusedByEveryOpener) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  fs::create_directory(folder_ / "folder");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  (folder_ / "socket").string().copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  fs::create_symlink("/dev/null", folder_ / "link_to_device");
  const std::pair<fs::path, std::string> cases[] = {{folder_ / "pipe", "a pipe"},
                                                    {folder_ / "folder", "a folder"},
                                                    {folder_ / "socket", "a socket"},
                                                    {"/dev/zero", "a device"},
                                                    {"/dev/tty", "a device"}};
  for (const auto& [path, kind] : cases) {
    const Error errors[] = {error_of(MappedFile::open(path)),         error_of(open_file(path)),
                            error_of(read_file(path, 100)),           error_of(create_output_file(path)),
                            error_of(open_private_file(path, log())), error_of(keep_private(path, log())),
                            error_of(write_file_atomic(path, "x")),   error_of(write_named_file(path, "x"))};
    for (const Error& error : errors) {
      // Without a terminal /dev/tty is one that cannot be opened.
      if (path == "/dev/tty" && error.code == ErrorCode::kIo) continue;
      EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << path << ": " << error.message;
      EXPECT_NE(error.message.find(kind), std::string::npos) << error.message;
    }
  }
  EXPECT_FALSE(read_file(folder_ / "link_to_device", 100));
  EXPECT_FALSE(write_named_file(folder_ / "link_to_device", "x"));
  EXPECT_FALSE(make_private_folder(folder_ / "pipe", log()));
  ::close(socket);
}

TEST_F(PrivateFile, AnOutputFileFollowsTheUmaskAndIsEmptied) {
  ::umask(027);
  ASSERT_TRUE(create_output_file(folder_ / "new"));
  EXPECT_EQ(mode_of(folder_ / "new"), 0640u);
  put(folder_ / "old", 0644);
  ASSERT_TRUE(create_output_file(folder_ / "old"));
  EXPECT_EQ(fs::file_size(folder_ / "old"), 0u);
  EXPECT_EQ(mode_of(folder_ / "old"), 0644u);
}

}  // namespace
}  // namespace hearth
