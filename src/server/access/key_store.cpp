#include "server/access/key_store.h"

#include <algorithm>
#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/private_file.h"

namespace hearth::server {
namespace {

constexpr const char *kDatabaseName = "keys.sqlite", *kSecretName = "keys.secret";
constexpr std::string_view kPrefix = "hearth_";
constexpr size_t kIdBytes = 6, kSecretBytes = 32;
constexpr size_t kKeySize = kPrefix.size() + 2 * kIdBytes + 1 + 2 * kSecretBytes;
constexpr std::array<std::pair<std::string_view, Scope>, 3> kScopes = {
    {{"inference", Scope::kInference}, {"manage", Scope::kManage}, {"metrics", Scope::kMetrics}}};

Result<std::string> random_bytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), int(count)) != 1) {
    return fail(ErrorCode::kIo, "the system gives no random numbers");
  }
  return bytes;
}

/// The secret of the folder; made where there is none, and anew where what is there was never used: the disk
/// was full when it was made.
Result<std::string> folder_secret(const std::filesystem::path& path, bool is_used, const LogSink& log) {
  TRY(keep_private(path, log));
  Result<std::string> secret = read_file(path, 4096);
  if (secret && secret->size() == kSecretBytes) return secret;
  if (!secret && secret.error().code != ErrorCode::kNotFound) return secret;
  if (is_used) {
    return fail_hint(ErrorCode::kCorruptData,
                     "restore it from a copy, or move it and keys.sqlite away and make new keys: without it "
                     "none can be checked",
                     "{} {}", path.string(),
                     secret ? fmt::format("is damaged: it has {} bytes, not {}", secret->size(), kSecretBytes)
                            : "is missing");
  }
  const std::string fresh = TRY(random_bytes(kSecretBytes));
  if (secret) {
    log(LogLevel::kWarning,
        fmt::format("{} had {} bytes, not {}, and no key depends on it: it is created again", path.string(),
                    secret->size(), kSecretBytes));
    TRY(write_file_atomic(path, fresh));
  } else {
    TRY(create_file(path, fresh));
  }
  // Another process may have been first.
  return read_file(path, 4096);
}

std::string_view id_of(std::string_view presented) {
  return looks_like_api_key(presented) ? presented.substr(kPrefix.size(), 2 * kIdBytes) : std::string_view();
}

}  // namespace

Result<ScopeSet> parse_scopes(std::string_view text) {
  constexpr const char* kHint = "use inference, manage, metrics";
  if (text.empty()) return fail_hint(ErrorCode::kInvalidArgument, kHint, "a key needs at least one scope");
  ScopeSet set;
  for (bool more = true; more;) {
    const std::string_view name = text.substr(0, text.find(','));
    more = name.size() < text.size();
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    const auto found = std::ranges::find(kScopes, name, &std::pair<std::string_view, Scope>::first);
    if (found == kScopes.end()) {
      return fail_hint(ErrorCode::kInvalidArgument, kHint, "there is no scope '{}'", name);
    }
    set.add(found->second);
  }
  return set;
}

std::string to_string(ScopeSet scopes) {
  std::string text;
  for (const auto& [name, scope] : kScopes) {
    if (!scopes.contains(scope)) continue;
    if (!text.empty()) text += ',';
    text += name;
  }
  return text;
}

bool looks_like_api_key(std::string_view text) {
  if (text.size() != kKeySize || !text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (i == 2 * kIdBytes ? c != '_' : !hex) return false;
  }
  return true;
}

KeyStore::KeyStore(std::filesystem::path folder, LogSink log)
    : folder_(std::move(folder)), log_(std::move(log)) {}

Result<std::unique_ptr<KeyStore>> KeyStore::open(const std::filesystem::path& folder, const LogSink& log) {
  auto store = std::unique_ptr<KeyStore>(new KeyStore(folder, log));
  const std::scoped_lock lock(store->mutex_);
  Status opened = store->open_database();
  if (!opened && opened.error().code == ErrorCode::kNoSpace) {
    log(LogLevel::kWarning, fmt::format("{}; keys can be used, but not created", opened.error().message));
    opened = store->read_alone();
  }
  if (!opened) return std::unexpected(std::move(opened.error()));
  return store;
}

Status KeyStore::open_database() {
  if (database_ != nullptr) return {};
  TRY(make_private_folder(folder_, log_));
  auto database = TRY(Database::open(folder_ / kDatabaseName, {}, log_));
  TRY(
      database->run("CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, name TEXT NOT NULL, "
                    "scopes TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, revoked INTEGER, "
                    "mac TEXT NOT NULL) STRICT"));
  const int64_t version = TRY(database->version());
  TRY(load(*database));
  secret_ = TRY(folder_secret(folder_ / kSecretName, !entries_.empty(), log_));
  version_ = version;
  database_ = std::move(database);
  return {};
}

/// The keys that there are, without a file that would have to be made.
Status KeyStore::read_alone() {
  const auto database =
      Database::open(folder_ / kDatabaseName, {.access = Database::Access::kReadAlone}, log_);
  if (!database) {
    if (database.error().code == ErrorCode::kNotFound) return {};
    return std::unexpected(database.error());
  }
  if (!TRY((*database)->has_table("keys"))) return {};
  TRY(load(**database));
  if (!entries_.empty()) secret_ = TRY(folder_secret(folder_ / kSecretName, true, log_));
  return {};
}

Status KeyStore::load(Database& database) {
  std::map<std::string, Entry, std::less<>> entries;
  SqlStatement rows =
      TRY(database.prepare("SELECT id, name, scopes, created, expires, revoked, mac FROM keys"));
  while (TRY(rows.step())) {
    Entry entry;
    entry.key = {.id = rows.text(0),
                 .name = rows.text(1),
                 .scopes = TRY(parse_scopes(rows.text(2))),
                 .created = rows.number(3),
                 .expires = {},
                 .revoked = {}};
    if (!rows.is_null(4)) entry.key.expires = rows.number(4);
    if (!rows.is_null(5)) entry.key.revoked = rows.number(5);
    const std::string mac = rows.text(6);
    if (mac.size() != 2 * entry.mac.size()) {
      return fail_hint(ErrorCode::kCorruptData, "restore keys.sqlite from a copy, or move it away",
                       "the key {} is damaged", entry.key.id);
    }
    for (size_t i = 0; i < entry.mac.size(); ++i) {
      entry.mac[i] = static_cast<unsigned char>(std::strtoul(mac.substr(2 * i, 2).c_str(), nullptr, 16));
    }
    entries.emplace(entry.key.id, std::move(entry));
  }
  entries_ = std::move(entries);
  return {};
}

KeyStore::Mac KeyStore::mac_of(std::string_view presented) const {
  Mac mac;
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret_.data(), int(secret_.size()),
       reinterpret_cast<const unsigned char*>(presented.data()), presented.size(), mac.data(), &size);
  return mac;
}

Result<std::string> KeyStore::create(std::string_view name, ScopeSet scopes, std::optional<int64_t> expires,
                                     int64_t now) {
  const std::string id = to_hex(TRY(random_bytes(kIdBytes)));
  std::string key = fmt::format("{}{}_{}", kPrefix, id, to_hex(TRY(random_bytes(kSecretBytes))));
  const std::scoped_lock lock(mutex_);
  TRY(open_database());
  const Mac mac = mac_of(key);
  const std::string_view mac_bytes(reinterpret_cast<const char*>(mac.data()), mac.size());
  SqlStatement insert = TRY(database_->prepare(
      "INSERT INTO keys (id, name, scopes, created, expires, mac) VALUES (?, ?, ?, ?, ?, ?)"));
  insert.bind(id).bind(name).bind(to_string(scopes)).bind(now).bind(expires).bind(to_hex(mac_bytes));
  TRY(insert.step());
  TRY(load(*database_));
  return key;
}

Status KeyStore::withdraw(std::string_view key) {
  const std::scoped_lock lock(mutex_);
  TRY(open_database());
  SqlStatement erase = TRY(database_->prepare("DELETE FROM keys WHERE id = ?"));
  erase.bind(id_of(key));
  TRY(erase.step());
  return load(*database_);
}

std::vector<ApiKey> KeyStore::list() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ApiKey> keys;
  for (const auto& [id, entry] : entries_) keys.push_back(entry.key);
  std::ranges::sort(keys, {}, [](const ApiKey& key) { return std::pair(key.created, key.id); });
  return keys;
}

Status KeyStore::revoke(std::string_view id, int64_t now) {
  const std::scoped_lock lock(mutex_);
  TRY(open_database());
  SqlStatement update =
      TRY(database_->prepare("UPDATE keys SET revoked = coalesce(revoked, ?) WHERE id = ?"));
  update.bind(now).bind(id);
  TRY(update.step());
  if (database_->num_changed() == 0) {
    return fail_hint(ErrorCode::kNotFound, "`hearth keys list` shows them", "there is no key '{}'", id);
  }
  return load(*database_);
}

std::optional<ApiKey> KeyStore::verify(std::string_view presented, int64_t now) const {
  const std::scoped_lock lock(mutex_);
  const Mac mac = mac_of(presented);
  const auto found = entries_.find(id_of(presented));
  const Mac none = {};
  const bool equal =
      CRYPTO_memcmp(mac.data(), found == entries_.end() ? none.data() : found->second.mac.data(),
                    mac.size()) == 0;
  if (!equal || found == entries_.end() || !found->second.key.is_usable(now)) return std::nullopt;
  return found->second.key;
}

bool KeyStore::is_usable(std::string_view id, int64_t now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(id);
  return found != entries_.end() && found->second.key.is_usable(now);
}

size_t KeyStore::num_usable(int64_t now) const {
  const std::scoped_lock lock(mutex_);
  return size_t(
      std::ranges::count_if(entries_, [&](const auto& item) { return item.second.key.is_usable(now); }));
}

Result<bool> KeyStore::refresh() {
  const std::scoped_lock lock(mutex_);
  if (database_ == nullptr) {
    const Status opened = open_database();
    // A disk that is still full has been told of.
    if (!opened && opened.error().code == ErrorCode::kNoSpace) return false;
    TRY(opened);
    log_(LogLevel::kWarning, "keys can be created again");
    return true;
  }
  const int64_t version = TRY(database_->version());
  if (version == version_) return false;
  version_ = version;
  TRY(load(*database_));
  return true;
}

}  // namespace hearth::server
