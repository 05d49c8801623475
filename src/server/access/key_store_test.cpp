#include "server/access/key_store.h"

#include <fstream>

#include <sys/stat.h>

#include "server/records/full_disk.h"
#include "server/testing/server_rig.h"

namespace hearth::server {
namespace {

std::string bytes_of(const std::filesystem::path& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    all += std::string(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

TEST(KeyStore, KnowsItsKeysAndNoOthers) {
  const testing::TestFolder folder;
  const auto store = *KeyStore::open(folder.path());
  const std::string key = *store->create("mine", {Scope::kInference}, std::nullopt, 100);
  EXPECT_TRUE(looks_like_api_key(key));
  const auto found = store->verify(key, 200);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "mine");
  EXPECT_EQ(found->scopes, ScopeSet{Scope::kInference});
  for (size_t i = 0; i < key.size(); ++i) {
    std::string other = key;
    other[i] = other[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(store->verify(other, 200)) << i;
  }
  for (const std::string& other : {std::string(), key.substr(1), key + "0", std::string(1 << 20, 'x')}) {
    EXPECT_FALSE(store->verify(other, 200));
  }
}

TEST(KeyStore, KeepsNoKey) {
  const testing::TestFolder folder;
  const std::string key = *(*KeyStore::open(folder.path()))->create("", {Scope::kManage}, std::nullopt, 1);
  const std::string secret = key.substr(key.rfind('_') + 1);
  const std::string kept = bytes_of(folder.path());
  EXPECT_NE(kept.find(key.substr(7, 12)), std::string::npos) << "the id is kept";
  EXPECT_EQ(kept.find(secret), std::string::npos);
  for (const char* name : {"keys.sqlite", "keys.secret"}) {
    struct stat info = {};
    ASSERT_EQ(::stat((folder.path() / name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 077, 0u) << name;
  }
  // Nothing of it stands without the secret.
  const auto again = *KeyStore::open(folder.path());
  EXPECT_TRUE(again->verify(key, 2));
  std::ofstream(folder.path() / "keys.secret") << std::string(32, 'x');
  EXPECT_FALSE((*KeyStore::open(folder.path()))->verify(key, 2));
}

TEST(KeyStore, ExpiryAndRevocationEndAKey) {
  const testing::TestFolder folder;
  const auto store = *KeyStore::open(folder.path());
  const std::string brief = *store->create("brief", {Scope::kInference}, 150, 100);
  const std::string lasting = *store->create("lasting", {Scope::kInference}, std::nullopt, 101);
  EXPECT_TRUE(store->verify(brief, 149));
  EXPECT_FALSE(store->verify(brief, 150));
  EXPECT_EQ(store->num_usable(149), 2u);
  EXPECT_EQ(store->num_usable(150), 1u);
  const std::string id = store->verify(lasting, 101)->id;
  ASSERT_TRUE(store->revoke(id, 120));
  EXPECT_FALSE(store->verify(lasting, 121));
  EXPECT_EQ(store->list()[1].revoked, 120);
  ASSERT_TRUE(store->revoke(id, 130));
  EXPECT_EQ(store->list()[1].revoked, 120) << "the first time counts";
  EXPECT_EQ(store->revoke("nobody", 1).error().code, ErrorCode::kNotFound);
}

TEST(KeyStore, SeesWhatAnotherProcessChanges) {
  const testing::TestFolder folder;
  const auto server = *KeyStore::open(folder.path());
  const auto command = *KeyStore::open(folder.path());
  EXPECT_FALSE(*server->refresh());
  const std::string key = *command->create("", {Scope::kInference}, std::nullopt, 1);
  EXPECT_TRUE(*server->refresh());
  EXPECT_TRUE(server->verify(key, 2));
  ASSERT_TRUE(command->revoke(server->list()[0].id, 3));
  EXPECT_TRUE(*server->refresh());
  EXPECT_FALSE(server->verify(key, 4));
  EXPECT_FALSE(*server->refresh());
}

TEST(KeyStore, ReadsScopes) {
  EXPECT_EQ(*parse_scopes("inference,manage"), (ScopeSet{Scope::kInference, Scope::kManage}));
  EXPECT_EQ(to_string(*parse_scopes("metrics,inference")), "inference,metrics");
  for (const char* text :
       {"", "all", "inference;metrics", "public", "inference,,metrics", "inference,", ",inference", ","}) {
    ASSERT_FALSE(parse_scopes(text)) << text;
    EXPECT_NE(parse_scopes(text).error().hint.find("manage"), std::string::npos) << text;
  }
}

TEST(KeyStore, ATornSecretIsMadeAnewWhereNoKeyNeedsIt) {
  for (const size_t size : {0, 1, 31}) {
    const testing::TestFolder folder;
    std::ofstream(folder.path() / "keys.secret") << std::string(size, 's');
    ::chmod((folder.path() / "keys.secret").c_str(), 0644);
    std::string noted;
    const auto store =
        KeyStore::open(folder.path(), [&](LogLevel, std::string_view line) { noted.append(line); });
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_NE(noted.find("created again"), std::string::npos) << noted;
    const std::string key = *(*store)->create("", {Scope::kInference}, std::nullopt, 1);
    EXPECT_TRUE((*KeyStore::open(folder.path()))->verify(key, 2));
    struct stat info = {};
    ASSERT_EQ(::stat((folder.path() / "keys.secret").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
  }
}

TEST(KeyStore, ALostSecretIsNoReasonToForgetItsKeys) {
  const testing::TestFolder folder;
  ASSERT_TRUE((*KeyStore::open(folder.path()))->create("", {Scope::kInference}, std::nullopt, 1));
  for (const bool missing : {false, true}) {
    std::ofstream{folder.path() / "keys.secret", std::ios::trunc}.flush();
    if (missing) std::filesystem::remove(folder.path() / "keys.secret");
    const auto store = KeyStore::open(folder.path());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::kCorruptData);
    EXPECT_NE(store.error().hint.find("make new keys"), std::string::npos) << store.error().hint;
  }
}

TEST(KeyStore, NamesADamagedDatabase) {
  const testing::TestFolder folder;
  std::ofstream(folder.path() / "keys.sqlite") << std::string(4096, 'x');
  const auto store = KeyStore::open(folder.path());
  ASSERT_FALSE(store) << "keys are never forgotten in silence";
  EXPECT_EQ(store.error().code, ErrorCode::kCorruptData);
  EXPECT_NE(store.error().message.find("keys.sqlite"), std::string::npos) << store.error().message;
}

TEST(KeyStore, OnAFullDiskItsKeysAreGoodAndNoneIsMade) {
  const testing::TestFolder folder;
  const std::string key = *(*KeyStore::open(folder.path()))->create("", {Scope::kInference}, std::nullopt, 1);
  std::string noted;
  std::unique_ptr<KeyStore> store;
  {
    const testing::FileSizeLimit full(0);
    auto opened = KeyStore::open(folder.path(), [&](LogLevel, std::string_view line) { noted.append(line); });
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
    EXPECT_NE(noted.find("keys.sqlite"), std::string::npos) << noted;
    EXPECT_TRUE(store->verify(key, 2));
    EXPECT_FALSE(store->verify(key.substr(0, key.size() - 1) + (key.back() == '0' ? '1' : '0'), 2));
    EXPECT_EQ(store->list().size(), 1u);
    EXPECT_EQ(store->create("", {Scope::kInference}, std::nullopt, 1).error().code, ErrorCode::kNoSpace);
    EXPECT_FALSE(*store->refresh());
    EXPECT_EQ((*KeyStore::open(folder.path() / "another"))->num_usable(1), 0u);
  }
  EXPECT_TRUE(*store->refresh());
  EXPECT_TRUE(store->verify(key, 2));
  const std::string more = *store->create("", {Scope::kInference}, std::nullopt, 1);
  EXPECT_TRUE(store->verify(more, 2));
  EXPECT_FALSE(*store->refresh());
}

}  // namespace
}  // namespace hearth::server
