#include "server/access/authorizer.h"

#include "server/testing/server_rig.h"

namespace hearth::server {
namespace {

/// 200 for who may, else the status of the refusal.
int status(const Authorizer& authorizer, const std::string& key, Scope scope) {
  HttpHead head;
  if (!key.empty()) head.headers.emplace_back("authorization", "Bearer " + key);
  const auto caller = authorizer.authorize(head, scope);
  return caller ? 200 : caller.error().status;
}

TEST(Authorizer, AKeyMayDoWhatItsScopesSay) {
  const testing::TestFolder folder;
  const auto keys = *KeyStore::open(folder.path());
  constexpr Scope kScopes[] = {Scope::kInference, Scope::kManage, Scope::kMetrics};
  for (const bool required : {false, true}) {
    const Authorizer authorizer({.keys = keys.get(), .required = required, .now = [] { return 100; }});
    for (const Scope held : kScopes) {
      const std::string key = *keys->create("", {held}, std::nullopt, 100);
      for (const Scope wanted : kScopes) {
        EXPECT_EQ(status(authorizer, key, wanted), held == wanted ? 200 : 403) << required;
      }
      EXPECT_EQ(status(authorizer, key, Scope::kPublic), 200);
    }
  }
}

TEST(Authorizer, NobodyManagesWithoutAKey) {
  const testing::TestFolder folder;
  const auto keys = *KeyStore::open(folder.path());
  const Authorizer open({.keys = keys.get(), .required = false, .now = [] { return 100; }});
  EXPECT_EQ(status(open, "", Scope::kInference), 200);
  EXPECT_EQ(status(open, "", Scope::kMetrics), 200);
  EXPECT_EQ(status(open, "", Scope::kManage), 403);
  EXPECT_EQ(status(open, "anything", Scope::kInference), 200);
  EXPECT_EQ(status(open, "anything", Scope::kManage), 403);
  const Authorizer closed({.keys = keys.get(), .required = true, .now = [] { return 100; }});
  for (const Scope scope : {Scope::kInference, Scope::kManage, Scope::kMetrics}) {
    EXPECT_EQ(status(closed, "", scope), 401);
  }
  EXPECT_EQ(status(closed, "", Scope::kPublic), 200);
}

}  // namespace
}  // namespace hearth::server
