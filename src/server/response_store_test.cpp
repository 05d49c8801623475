#include "server/response_store.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace hearth {
namespace {

StoredResponse response(std::string id, std::string owner, size_t size = 10) {
  return {.id = std::move(id),
          .owner = std::move(owner),
          .body = {{"text", std::string(size, 'x')}},
          .messages = Json::array({{{"role", "user"}}})};
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
  ~ResponseStoreFile() override { clean(); }
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

TEST_F(ResponseStoreFile, RefusesAFileThatIsNoStore) {
  std::ofstream(path_) << std::string(4096, 'x');
  EXPECT_EQ(ResponseStore::open(path_).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(ResponseStore::open("/nowhere/at/all.sqlite").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace hearth
