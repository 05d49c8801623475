#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/http/route.h"
#include "server/records/database.h"

namespace hearth::server {

/// A set of scopes.
class ScopeSet {
 public:
  constexpr ScopeSet() = default;
  constexpr ScopeSet(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope);
  }
  constexpr void add(Scope scope) { bits_ |= 1u << unsigned(scope); }
  constexpr bool contains(Scope scope) const { return (bits_ >> unsigned(scope) & 1u) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(ScopeSet, ScopeSet) = default;

 private:
  uint32_t bits_ = 0;
};

/// "inference,metrics". Error: kInvalidArgument naming the scope that does not exist.
Result<ScopeSet> parse_scopes(std::string_view text);
std::string to_string(ScopeSet scopes);

/// What is known of a key, but the key itself.
struct ApiKey {
  std::string id;  ///< public
  std::string name;
  ScopeSet scopes;
  int64_t created = 0;             ///< seconds since 1970, as the others
  std::optional<int64_t> expires;  ///< nothing: never
  std::optional<int64_t> revoked;

  bool is_usable(int64_t now) const { return !revoked && (!expires || now < *expires); }
};

/// The API keys of this machine, in keys.sqlite of a folder. A key is "hearth_ID_SECRET" with 256 random
/// bits; kept is its HMAC-SHA-256 under a secret that lies beside the database. On a full disk, where the
/// database cannot be opened, its keys are read and go on to be good, and it is tried again. Thread-safe.
class KeyStore {
 public:
  /// Errors: those of the database and of base/private_file.h; kCorruptData where the secret is lost.
  static Result<std::unique_ptr<KeyStore>> open(const std::filesystem::path& folder,
                                                const LogSink& log = no_log());

  /// Makes a key and says it, this once. Errors: kNoSpace, kIo.
  Result<std::string> create(std::string_view name, ScopeSet scopes, std::optional<int64_t> expires,
                             int64_t now);
  /// Takes a key back that nobody has been told, as if it had never been made. Errors: kNoSpace, kIo.
  Status withdraw(std::string_view key);
  std::vector<ApiKey> list() const;
  /// Errors: kNotFound, kNoSpace, kIo.
  Status revoke(std::string_view id, int64_t now);

  /// The key that `presented` is, if it may be used now. Takes the same time for a wrong key as for a key
  /// that does not exist.
  std::optional<ApiKey> verify(std::string_view presented, int64_t now) const;
  bool is_usable(std::string_view id, int64_t now) const;
  size_t num_usable(int64_t now) const;

  /// Takes in what other processes have changed; says whether there was something.
  Result<bool> refresh();

 private:
  using Mac = std::array<unsigned char, 32>;
  struct Entry {
    ApiKey key;
    Mac mac;
  };

  KeyStore(std::filesystem::path folder, LogSink log);
  Status open_database();
  Status read_alone();
  Status load(Database& database);
  Mac mac_of(std::string_view presented) const;

  const std::filesystem::path folder_;
  const LogSink log_;
  mutable std::mutex mutex_;
  std::unique_ptr<Database> database_;  ///< guarded by mutex_; null while the disk has no room for it
  int64_t version_ = 0;                 ///< guarded by mutex_
  std::string secret_;                  ///< guarded by mutex_
  std::map<std::string, Entry, std::less<>> entries_;  ///< by id; guarded by mutex_
};

/// Whether a text has the form of a key of ours.
bool looks_like_api_key(std::string_view text);

}  // namespace hearth::server
