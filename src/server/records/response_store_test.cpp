#include "server/records/response_store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "server/records/full_disk.h"

namespace hearth::server {
namespace {

StoredResponse response(std::string id, std::string owner, size_t size = 10) {
  return {.id = std::move(id),
          .owner = std::move(owner),
          .body = {{"text", std::string(size, 'x')}},
          .messages = api::Json::array({{{"role", "user"}}})};
}

TEST(ResponseStore, GivesBackWhatWasPut) {
  const auto store = *ResponseStore::open({});
  ASSERT_TRUE(store->put(response("resp_1", "a")).has_value());
  const auto found = store->get("a", "resp_1");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->body["text"], "xxxxxxxxxx");
  EXPECT_EQ(found->messages[0]["role"], "user");
  ASSERT_TRUE(store->put(response("resp_1", "a", 3)).has_value());
  EXPECT_EQ(store->get("a", "resp_1")->body["text"], "xxx");
  EXPECT_EQ(store->size(), 1u);
}

TEST(ResponseStore, ShowsAResponseToItsOwnerAlone) {
  const auto store = *ResponseStore::open({});
  ASSERT_TRUE(store->put(response("resp_1", "a")).has_value());
  EXPECT_EQ(store->get("b", "resp_1").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store->remove("b", "resp_1").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store->get("", "resp_1").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(store->put(response("resp_1", "b", 5)).has_value());
  EXPECT_EQ(store->get("a", "resp_1")->body["text"], "xxxxxxxxxx");
  EXPECT_TRUE(store->remove("a", "resp_1").has_value());
  EXPECT_FALSE(store->get("a", "resp_1").has_value());
  EXPECT_TRUE(store->get("b", "resp_1").has_value());
}

TEST(ResponseStore, DropsTheOldestForRoom) {
  const auto store = *ResponseStore::open({}, {.max_responses = 2, .max_bytes = 1000});
  for (const char* id : {"1", "2", "3"}) ASSERT_TRUE(store->put(response(id, "a")).has_value());
  EXPECT_EQ(store->size(), 2u);
  EXPECT_FALSE(store->get("a", "1").has_value());
  ASSERT_TRUE(store->put(response("4", "a", 960)).has_value());
  EXPECT_EQ(store->size(), 1u);
  EXPECT_TRUE(store->get("a", "4").has_value());
  EXPECT_EQ(store->put(response("5", "a", 2000)).error().code, ErrorCode::kResourceLimit);
}

TEST(ResponseStore, HoldsWhatRunsUntilItEndsOrIsRemoved) {
  const auto store = *ResponseStore::open({}, {.max_responses = 2});
  StoredResponse running = response("1", "a");
  running.body["background"] = true;
  ASSERT_TRUE(store->put_pending(running).has_value());
  EXPECT_TRUE(store->get("a", "1").has_value());
  EXPECT_FALSE(store->get("b", "1").has_value());
  EXPECT_EQ(store->size(), 0u);
  ASSERT_TRUE(store->put(running).has_value());
  EXPECT_EQ(store->size(), 1u);
  running.id = "2";
  ASSERT_TRUE(store->put_pending(running).has_value());
  ASSERT_TRUE(store->remove("a", "2").has_value());
  ASSERT_TRUE(store->put(running).has_value());
  EXPECT_FALSE(store->get("a", "2").has_value());
  for (const char* id : {"3", "4"}) ASSERT_TRUE(store->put_pending(response(id, "a")).has_value());
  EXPECT_EQ(store->put_pending(response("5", "a")).error().code, ErrorCode::kOverloaded);
}

class ResponseStoreFile : public ::testing::Test {
 protected:
  ResponseStoreFile()
      : path_(std::filesystem::temp_directory_path() /
              ("hearth_responses_" + std::to_string(std::hash<const void*>()(this)) + ".sqlite")) {
    clean();
  }
  ~ResponseStoreFile() override {
    clean();
    for (const char* number : {"1", "2"}) {
      for (const char* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path_.string() + ".damaged-" + number + suffix);
      }
    }
  }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat info = {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : mode_t(-1);
  }
  void clean() const {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
  }
  std::filesystem::path path_;
};

TEST_F(ResponseStoreFile, OutlivesItsProcess) {
  {
    const auto store = *ResponseStore::open(path_);
    ASSERT_TRUE(store->put(response("1", "a")).has_value());
    // Another process sees it before this one closes, as after a kill.
    EXPECT_TRUE((*ResponseStore::open(path_))->get("a", "1").has_value());
  }
  const auto store = *ResponseStore::open(path_);
  EXPECT_EQ(store->size(), 1u);
  EXPECT_TRUE(store->get("a", "1").has_value());
}

TEST_F(ResponseStoreFile, ADamagedFileIsSetAsideAloud) {
  for (int number = 1; number <= 2; ++number) {
    std::string noted;
    std::ofstream(path_) << std::string(4096, 'x');
    {
      const auto store = ResponseStore::open(path_, [&](LogLevel, std::string_view line) { noted += line; });
      ASSERT_TRUE(store) << store.error().message;
      EXPECT_TRUE((*store)->put(response("1", "a")).has_value());
    }
    const std::string aside = path_.string() + ".damaged-" + std::to_string(number);
    EXPECT_NE(noted.find(aside), std::string::npos) << noted;
    EXPECT_EQ(std::filesystem::file_size(aside), 4096u);
    clean();
  }
}

TEST_F(ResponseStoreFile, RefusesWhatItCannotUse) {
  EXPECT_EQ(ResponseStore::open("/dev/null/responses.sqlite").error().code, ErrorCode::kNotFound);
  {
    const auto other = *Database::open(path_, {}, no_log());
    ASSERT_TRUE(other->run("CREATE TABLE responses (number INTEGER PRIMARY KEY)"));
  }
  const auto store = ResponseStore::open(path_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(store.error().message.find(path_.string()), std::string::npos) << store.error().message;
}

TEST_F(ResponseStoreFile, IsForItsOwnerAloneWhateverWasThere) {
  const mode_t former = ::umask(0);
  {
    const auto made = *ResponseStore::open(path_);
  }
  EXPECT_EQ(mode_of(path_), 0600u);
  ::chmod(path_.c_str(), 0644);
  for (const char* suffix : {"-wal", "-shm"}) {
    std::ofstream{path_.string() + suffix}.flush();
    ::chmod((path_.string() + suffix).c_str(), 0666);
  }
  std::string noted;
  const auto store =
      *ResponseStore::open(path_, [&](LogLevel, std::string_view line) { noted.append(line).append("\n"); });
  EXPECT_TRUE(store->put(response("1", "a")).has_value());
  for (const char* suffix : {"", "-wal", "-shm"}) {
    EXPECT_EQ(mode_of(path_.string() + suffix), 0600u) << suffix;
    EXPECT_NE(noted.find(path_.string() + suffix + " "), std::string::npos) << noted;
  }
  ::umask(former);
}

TEST_F(ResponseStoreFile, AFailedPutChangesNothing) {
  const auto store = *ResponseStore::open(path_, {.max_responses = 2, .max_bytes = 1 << 20});
  for (const char* id : {"1", "2"}) ASSERT_TRUE(store->put(response(id, "a")).has_value());
  StoredResponse running = response("3", "a");
  running.body["background"] = true;
  ASSERT_TRUE(store->put_pending(running).has_value());
  running.body["status"] = "completed";
  const auto disk = *Database::open(path_, {}, no_log());
  ASSERT_TRUE(disk->run(testing::kFullDisk));
  EXPECT_FALSE(store->put(response("4", "a")).has_value());
  EXPECT_FALSE(store->put(running).has_value());
  ASSERT_TRUE(disk->run(testing::kRoomAgain));
  EXPECT_EQ(store->size(), 2u);
  for (const char* id : {"1", "2"}) EXPECT_TRUE(store->get("a", id).has_value()) << "made no room in vain";
  EXPECT_FALSE(store->get("a", "4").has_value());
  // Whoever asked for it in the background has no other way to it.
  const auto found = store->get("a", "3");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->body["status"], "completed");
  EXPECT_EQ(found->body["store"], false);
  ASSERT_TRUE(store->put(response("5", "a")).has_value());
  EXPECT_EQ(store->size(), 2u);
}

TEST_F(ResponseStoreFile, KeepsOnlySoMuchOfWhatItCouldNotStore) {
  const auto store = *ResponseStore::open(path_, {.max_bytes = 10, .max_unkept_bytes = 3000});
  for (const char* id : {"1", "2", "3"}) {
    StoredResponse running = response(id, "a", 1000);
    running.body["background"] = true;
    ASSERT_TRUE(store->put_pending(running).has_value());
    EXPECT_EQ(store->put(running).error().code, ErrorCode::kResourceLimit);
  }
  EXPECT_FALSE(store->get("a", "1").has_value());
  EXPECT_TRUE(store->get("a", "2").has_value());
  EXPECT_TRUE(store->get("a", "3").has_value());
}

TEST_F(ResponseStoreFile, AFullDiskIsWaitedFor) {
  // As a server left it that has ended, and where there was none before.
  for (const bool was_there : {true, false}) {
    clean();
    if (was_there) ASSERT_TRUE((*ResponseStore::open(path_))->put(response("1", "a")));
    std::string noted;
    std::unique_ptr<ResponseStore> store;
    {
      const testing::FileSizeLimit full(0);
      auto opened = ResponseStore::open(
          path_, [&](LogLevel, std::string_view line) { noted.append(line).append("\n"); });
      ASSERT_TRUE(opened) << opened.error().message;
      store = std::move(*opened);
      EXPECT_TRUE(store->is_failing());
      EXPECT_NE(noted.find(path_.string()), std::string::npos) << noted;
      EXPECT_EQ(store->get("a", "1").has_value(), was_there) << "what is there can be read";
      EXPECT_EQ(store->get("a", "2").error().code, ErrorCode::kNotFound);
      EXPECT_EQ(store->put(response("2", "a")).error().code, ErrorCode::kNoSpace);
      EXPECT_FALSE(store->remove("a", "1"));
      store->retry();
      EXPECT_TRUE(store->is_failing());
      EXPECT_EQ(std::ranges::count(noted, '\n'), 1) << "said once: " << noted;
    }
    store->retry();
    EXPECT_FALSE(store->is_failing());
    EXPECT_EQ(std::ranges::count(noted, '\n'), 2) << noted;
    EXPECT_TRUE(store->put(response("2", "a")));
    EXPECT_EQ(store->size(), was_there ? 2u : 1u);
    EXPECT_EQ(store->get("a", "1").has_value(), was_there);
  }
}

TEST_F(ResponseStoreFile, ADiskThatFillsUpIsWaitedFor) {
  const auto store = *ResponseStore::open(path_);
  ASSERT_TRUE(store->put(response("1", "a")));
  {
    const testing::FileSizeLimit full(std::filesystem::file_size(path_.string() + "-wal") + 100);
    const Status kept = store->put(response("2", "a", 100'000));
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().code, ErrorCode::kNoSpace) << kept.error().message;
    EXPECT_TRUE(store->is_failing());
    EXPECT_TRUE(store->get("a", "1"));
  }
  store->retry();
  EXPECT_FALSE(store->is_failing());
  EXPECT_TRUE(store->put(response("2", "a", 100'000)));
  EXPECT_TRUE(store->get("a", "2"));
}

TEST_F(ResponseStoreFile, DamageThatShowsInUseIsSetAsideAloud) {
  enum class Use { kPut, kGet, kRemove };
  for (const Use use : {Use::kPut, Use::kGet, Use::kRemove}) {
    clean();
    {
      const auto store = *ResponseStore::open(path_);
      for (int i = 0; i < 100; ++i) ASSERT_TRUE(store->put(response(std::to_string(i), "a", 1000)));
    }
    std::string noted;
    const auto store = *ResponseStore::open(
        path_, [&](LogLevel, std::string_view line) { noted.append(line).append("\n"); });
    ASSERT_EQ(store->size(), 100u);
    // All but the header and the first page, which tell of the tables.
    const auto size = std::filesystem::file_size(path_);
    {
      std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(4096);
      file << std::string(size - 4096, 'x');
    }
    if (use == Use::kPut) EXPECT_TRUE(store->put(response("new", "a")));
    if (use == Use::kGet) EXPECT_EQ(store->get("a", "7").error().code, ErrorCode::kNotFound);
    if (use == Use::kRemove) EXPECT_EQ(store->remove("a", "7").error().code, ErrorCode::kNotFound);
    EXPECT_NE(noted.find(".damaged-1"), std::string::npos) << noted;
    EXPECT_TRUE(store->put(response("next", "a")));
    EXPECT_TRUE(store->get("a", "next"));
    EXPECT_EQ(store->get("a", "7").error().code, ErrorCode::kNotFound);
    EXPECT_FALSE(store->is_failing());
    EXPECT_EQ(std::filesystem::file_size(path_.string() + ".damaged-1"), size);
    std::filesystem::remove(path_.string() + ".damaged-1");
  }
}

TEST_F(ResponseStoreFile, AResponseWhoseTextIsDamagedIsNotThere) {
  const auto store = *ResponseStore::open(path_);
  ASSERT_TRUE(store->put(response("1", "a")));
  ASSERT_TRUE(store->put(response("2", "a")));
  const auto other = *Database::open(path_, {}, no_log());
  ASSERT_TRUE(other->run("UPDATE responses SET body = '{\"a' WHERE id = '1'"));
  EXPECT_EQ(store->get("a", "1").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store->get("a", "2"));
}

TEST_F(ResponseStoreFile, AFileThatIsTakenAwayIsBegunAnew) {
  std::string noted;
  const auto store =
      *ResponseStore::open(path_, [&](LogLevel, std::string_view line) { noted.append(line).append("\n"); });
  ASSERT_TRUE(store->put(response("1", "a")));
  clean();
  ASSERT_TRUE(store->put(response("2", "a")));
  EXPECT_NE(noted.find("removed or replaced"), std::string::npos) << noted;
  EXPECT_EQ(store->size(), 1u);
  EXPECT_EQ(store->get("a", "1").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE((*ResponseStore::open(path_))->get("a", "2")) << "it is in the file that others see";
  clean();
  EXPECT_EQ(store->get("a", "2").error().code, ErrorCode::kNotFound) << "as after a restart";
  ASSERT_TRUE(store->put(response("3", "a")));
  clean();
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(store->put(response("4", "a")));
  EXPECT_TRUE(store->is_failing());
  std::filesystem::remove(path_);
  store->retry();
  EXPECT_FALSE(store->is_failing());
  EXPECT_TRUE(store->put(response("5", "a")));
}

}  // namespace
}  // namespace hearth::server
