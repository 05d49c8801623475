#include "server/response_store.h"

#include <algorithm>

#include <sqlite3.h>

#include "server/sqlite_statement.h"

namespace hearth {
namespace {

constexpr std::string_view kSetUp[] = {
    // A commit then waits for no disk; a crash of the machine may lose the last ones, never the file.
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "CREATE TABLE IF NOT EXISTS responses (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,"
    " owner TEXT NOT NULL, body TEXT NOT NULL, messages TEXT NOT NULL, bytes INTEGER NOT NULL,"
    " UNIQUE (owner, id))",
};

constexpr JsonLimits kStoredLimits = {
    .max_bytes = size_t(128) << 20, .max_total_members = 1'000'000, .max_elements = size_t(8) << 20};

std::unexpected<Error> not_found(std::string_view id) {
  // The id is repeated only where it looks like one of ours.
  const bool plain = id.size() <= 64 &&
                     id.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string_view::npos;
  return fail_hint(ErrorCode::kNotFound, "it may have been deleted, or made room for newer ones",
                   "there is no response{}{}", plain ? " " : "", plain ? id : "");
}

/// Runs a statement whose rows nobody reads.
Status run(sqlite3* database, std::string_view sql) {
  auto statement = TRY(SqliteStatement::prepare(database, sql));
  while (TRY(statement.step())) continue;
  return {};
}

}  // namespace

Result<std::unique_ptr<ResponseStore>> ResponseStore::open(const std::filesystem::path& path, Limits limits) {
  sqlite3* database = nullptr;
  const std::string name = path.empty() ? ":memory:" : path.string();
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int status = sqlite3_open_v2(name.c_str(), &database, flags, nullptr);
  std::unique_ptr<ResponseStore> store(new ResponseStore(database, limits));
  if (status != SQLITE_OK) {
    return fail_hint(ErrorCode::kIo, "look at its folder and permissions", "cannot open {}: {}", name,
                     sqlite3_errstr(status));
  }
  TRY(store->set_up());
  return store;
}

ResponseStore::~ResponseStore() { sqlite3_close(database_); }

Status ResponseStore::set_up() {
  sqlite3_busy_timeout(database_, 1000);
  for (const std::string_view sql : kSetUp) TRY(run(database_, sql));
  return count();
}

Status ResponseStore::count() {
  auto totals = TRY(SqliteStatement::prepare(database_, "SELECT COUNT(*), TOTAL(bytes) FROM responses"));
  TRY(totals.step());
  num_responses_ = size_t(totals.number(0));
  num_bytes_ = size_t(totals.number(1));
  return {};
}

Status ResponseStore::make_room(size_t bytes) {
  while (num_responses_ + 1 > limits_.max_responses || num_bytes_ + bytes > limits_.max_bytes) {
    auto oldest = TRY(SqliteStatement::prepare(
        database_,
        "DELETE FROM responses WHERE number = (SELECT MIN(number) FROM responses) RETURNING bytes"));
    if (!TRY(oldest.step())) break;
    num_bytes_ -= std::min(num_bytes_, size_t(oldest.number(0)));
    --num_responses_;
    TRY(oldest.step());
  }
  return {};
}

Status ResponseStore::put_pending(StoredResponse response) {
  const std::scoped_lock lock(mutex_);
  if (pending_.size() >= limits_.max_responses) {
    return fail_hint(ErrorCode::kOverloaded, "wait until some have ended",
                     "{} responses run in the background already", pending_.size());
  }
  std::pair key(response.owner, response.id);
  pending_.insert_or_assign(std::move(key), std::move(response));
  return {};
}

Status ResponseStore::put(const StoredResponse& response) {
  const std::scoped_lock lock(mutex_);
  if (response.body.value("background", false) && pending_.erase({response.owner, response.id}) == 0)
    return {};
  return insert(response);
}

Status ResponseStore::insert(const StoredResponse& response) {
  const std::string body = dump_json(response.body), messages = dump_json(response.messages);
  const size_t bytes = body.size() + messages.size() + response.id.size() + response.owner.size();
  if (bytes > limits_.max_bytes || limits_.max_responses == 0) {
    return fail(ErrorCode::kResourceLimit, "the response has {} bytes, the store holds {}", bytes,
                limits_.max_bytes);
  }
  auto old = TRY(SqliteStatement::prepare(
      database_, "DELETE FROM responses WHERE owner = ? AND id = ? RETURNING bytes"));
  if (TRY(old.bind(1, response.owner).bind(2, response.id).step())) {
    num_bytes_ -= std::min(num_bytes_, size_t(old.number(0)));
    --num_responses_;
    TRY(old.step());
  }
  TRY(make_room(bytes));
  auto insert = TRY(SqliteStatement::prepare(
      database_, "INSERT INTO responses (id, owner, body, messages, bytes) VALUES (?, ?, ?, ?, ?)"));
  insert.bind(1, response.id).bind(2, response.owner).bind(3, body).bind(4, messages).bind(5, int64_t(bytes));
  TRY(insert.step());
  ++num_responses_;
  num_bytes_ += bytes;
  return {};
}

Result<StoredResponse> ResponseStore::get(std::string_view owner, std::string_view id) const {
  std::string body, messages;
  {
    const std::scoped_lock lock(mutex_);
    const auto pending = pending_.find({std::string(owner), std::string(id)});
    if (pending != pending_.end()) return pending->second;
    auto select = TRY(SqliteStatement::prepare(
        database_, "SELECT body, messages FROM responses WHERE owner = ? AND id = ?"));
    if (!TRY(select.bind(1, owner).bind(2, id).step())) return not_found(id);
    body = select.text(0);
    messages = select.text(1);
  }
  return StoredResponse{.id = std::string(id),
                        .owner = std::string(owner),
                        .body = TRY(parse_json(body, kStoredLimits)),
                        .messages = TRY(parse_json(messages, kStoredLimits))};
}

Status ResponseStore::remove(std::string_view owner, std::string_view id) {
  const std::scoped_lock lock(mutex_);
  if (pending_.erase({std::string(owner), std::string(id)}) > 0) return {};
  auto erase = TRY(SqliteStatement::prepare(
      database_, "DELETE FROM responses WHERE owner = ? AND id = ? RETURNING bytes"));
  if (!TRY(erase.bind(1, owner).bind(2, id).step())) return not_found(id);
  num_bytes_ -= std::min(num_bytes_, size_t(erase.number(0)));
  --num_responses_;
  TRY(erase.step());
  return {};
}

size_t ResponseStore::size() const {
  const std::scoped_lock lock(mutex_);
  return num_responses_;
}

}  // namespace hearth
