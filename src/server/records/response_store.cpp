#include "server/records/response_store.h"

#include <algorithm>

#include "base/private_file.h"

namespace hearth::server {
namespace {

constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS responses (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,"
    " owner TEXT NOT NULL, body TEXT NOT NULL, messages TEXT NOT NULL, bytes INTEGER NOT NULL,"
    " UNIQUE (owner, id))";

constexpr api::JsonLimits kStoredLimits = {
    .max_bytes = size_t(128) << 20, .max_total_members = 1'000'000, .max_elements = size_t(8) << 20};

/// Bytes that it takes in memory, about.
size_t size_of(const StoredResponse& response) {
  return api::dump_json(response.body).size() + api::dump_json(response.messages).size();
}

std::unexpected<Error> not_found(std::string_view id) {
  // The id is repeated only where it looks like one of ours.
  const bool plain = id.size() <= 64 &&
                     id.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string_view::npos;
  return fail_hint(
      ErrorCode::kNotFound,
      "it may have been deleted, made room for newer ones, or not been kept (its \"store\" is then false)",
      "there is no response{}{}", plain ? " " : "", plain ? id : "");
}

/// What is wrong with the file is no fault of who asks.
std::unexpected<Error> as_own_fault(Error error) {
  if (error.code != ErrorCode::kNotFound) error.code = ErrorCode::kIo;
  return std::unexpected(std::move(error));
}

/// Moves a damaged database away, with the files beside it, and says where to.
Status set_aside(const std::filesystem::path& path, const Error& damage, const LogSink& log) {
  std::string target;
  std::error_code error;
  for (int number = 1; target.empty() || std::filesystem::exists(target, error); ++number) {
    target = fmt::format("{}.damaged-{}", path.string(), number);
  }
  for (const char* suffix : {"-wal", "-shm", ""}) {
    const std::string name = path.string() + suffix;
    if (!std::filesystem::exists(name, error)) continue;
    std::filesystem::rename(name, target + suffix, error);
    if (error) return fail(ErrorCode::kIo, "cannot move {} away: {}", name, error.message());
  }
  log(LogLevel::kWarning,
      fmt::format("{}; it is kept as {}, and a new one is begun", damage.message, target));
  return {};
}

}  // namespace

Result<std::unique_ptr<ResponseStore>> ResponseStore::open(const std::filesystem::path& path, Limits limits,
                                                           const LogSink& log) {
  std::unique_ptr<ResponseStore> store(new ResponseStore(path, limits, log));
  const std::scoped_lock lock(store->mutex_);
  Status opened = store->open_database();
  if (!opened && !path.empty() && opened.error().code == ErrorCode::kCorruptData) {
    opened = store->begin_anew(opened.error());
  }
  // Responses are no reason not to serve.
  if (!opened && opened.error().code != ErrorCode::kNoSpace) return std::unexpected(opened.error());
  store->note(opened);
  return store;
}

/// The texts of a response.
struct ResponseStore::Row {
  std::string body, messages;
};

/// Where the file is damaged, a new one takes its place and `use` has another try.
template <typename Use>
auto ResponseStore::with_healing(const Use& use) {
  auto used = use();
  if (used || used.error().code != ErrorCode::kCorruptData || path_.empty()) return used;
  if (const Status begun = begin_anew(used.error()); !begun) {
    return decltype(used)(std::unexpected(begun.error()));
  }
  return use();
}

/// What can perhaps be saved is not thrown away.
Status ResponseStore::begin_anew(const Error& damage) {
  database_.reset();
  TRY(set_aside(path_, damage, log_));
  return open_database();
}

/// The database, open and in its place.
Status ResponseStore::ready() {
  if (database_ != nullptr && !database_->is_in_place()) {
    log_(LogLevel::kWarning,
         fmt::format("{} was removed or replaced: the responses that it held are gone", path_.string()));
    database_.reset();
    num_responses_ = num_bytes_ = 0;
  }
  return open_database();
}

Status ResponseStore::open_database() {
  if (database_ != nullptr) return {};
  const std::filesystem::path folder = path_.parent_path();
  std::error_code error;
  if (!folder.empty() && !std::filesystem::exists(folder, error)) TRY(make_private_folder(folder, log_));
  database_ = TRY(Database::open(path_, {.commit = Database::Commit::kQuick, .busy_timeout_ms = 1000}, log_));
  Status ready = database_->run(kTable);
  if (ready) ready = count();
  if (!ready) database_.reset();
  return ready;
}

/// Whether the state of the disk has changed is news.
void ResponseStore::note(const Status& kept) {
  if (!kept && !failing_) {
    log_(LogLevel::kError, fmt::format("{}; responses are not kept until they can be", kept.error().message));
  } else if (kept && failing_) {
    log_(LogLevel::kWarning, "responses are kept again");
  }
  failing_ = !kept;
}

bool ResponseStore::is_failing() const {
  const std::scoped_lock lock(mutex_);
  return failing_;
}

void ResponseStore::retry() {
  const std::scoped_lock lock(mutex_);
  if (failing_ && probe()) note({});
}

/// Writes something that changes nothing.
Status ResponseStore::probe() {
  TRY(ready());
  return database_->run("PRAGMA user_version = 0");
}

Status ResponseStore::count() {
  auto totals = TRY(database_->prepare("SELECT COUNT(*), TOTAL(bytes) FROM responses"));
  TRY(totals.step());
  num_responses_ = size_t(totals.number(0));
  num_bytes_ = size_t(totals.number(1));
  return {};
}

Status ResponseStore::make_room(size_t bytes) {
  while (num_responses_ + 1 > limits_.max_responses || num_bytes_ + bytes > limits_.max_bytes) {
    auto oldest = TRY(database_->prepare(
        "DELETE FROM responses WHERE number = (SELECT MIN(number) FROM responses) RETURNING bytes"));
    if (!TRY(take_out(oldest))) break;
  }
  return {};
}

/// Runs a statement that deletes at most one row and returns its bytes; whether there was one.
Result<bool> ResponseStore::take_out(SqlStatement& statement) {
  if (!TRY(statement.step())) return false;
  num_bytes_ -= std::min(num_bytes_, size_t(statement.number(0)));
  --num_responses_;
  TRY(statement.step());
  return true;
}

Status ResponseStore::put_pending(StoredResponse response) {
  const std::scoped_lock lock(mutex_);
  if (pending_.size() >= limits_.max_responses + unkept_.size()) {
    return fail_hint(ErrorCode::kOverloaded, "wait until some have ended",
                     "{} responses run in the background already", pending_.size());
  }
  std::pair key(response.owner, response.id);
  pending_.insert_or_assign(std::move(key), std::move(response));
  return {};
}

Status ResponseStore::put(const StoredResponse& response) {
  const std::scoped_lock lock(mutex_);
  const bool in_background = response.body.value("background", false);
  const auto pending = pending_.find({response.owner, response.id});
  if (in_background && pending == pending_.end()) return {};
  const Status kept = keep(response);
  if (!in_background) return kept;
  if (kept) {
    pending_.erase(pending);
  } else {
    // Who asked for it can still fetch it: until the end of the process, as it says.
    pending->second = response;
    pending->second.body["store"] = false;
    forget_unkept(pending->first, size_of(response));
  }
  return kept;
}

void ResponseStore::forget_unkept(const Key& newest, size_t bytes) {
  unkept_.emplace_back(newest, bytes);
  num_unkept_bytes_ += bytes;
  while (num_unkept_bytes_ > limits_.max_unkept_bytes) {
    pending_.erase(unkept_.front().first);
    num_unkept_bytes_ -= unkept_.front().second;
    unkept_.pop_front();
  }
}

Status ResponseStore::keep(const StoredResponse& response) {
  const Status kept = with_healing([&]() -> Status {
    TRY(ready());
    return insert(response);
  });
  // One that is too large says nothing about the disk.
  if (kept || kept.error().code != ErrorCode::kResourceLimit) note(kept);
  return kept;
}

Status ResponseStore::insert(const StoredResponse& response) {
  const size_t former_responses = num_responses_, former_bytes = num_bytes_;
  // What makes room goes only if the new one comes.
  Status done = database_->run("BEGIN IMMEDIATE");
  if (done) done = replace(response);
  if (done) done = database_->run("COMMIT");
  if (done) return done;
  (void)database_->run("ROLLBACK");  // there may be none to take back
  num_responses_ = former_responses;
  num_bytes_ = former_bytes;
  return done;
}

Status ResponseStore::replace(const StoredResponse& response) {
  const std::string body = api::dump_json(response.body), messages = api::dump_json(response.messages);
  const size_t bytes = body.size() + messages.size() + response.id.size() + response.owner.size();
  if (bytes > limits_.max_bytes || limits_.max_responses == 0) {
    return fail(ErrorCode::kResourceLimit, "the response has {} bytes, the store holds {}", bytes,
                limits_.max_bytes);
  }
  auto old = TRY(database_->prepare("DELETE FROM responses WHERE owner = ? AND id = ? RETURNING bytes"));
  old.bind(response.owner).bind(response.id);
  TRY(take_out(old));
  TRY(make_room(bytes));
  auto insert = TRY(
      database_->prepare("INSERT INTO responses (id, owner, body, messages, bytes) VALUES (?, ?, ?, ?, ?)"));
  insert.bind(response.id).bind(response.owner).bind(body).bind(messages).bind(int64_t(bytes));
  TRY(insert.step());
  ++num_responses_;
  num_bytes_ += bytes;
  return {};
}

Result<StoredResponse> ResponseStore::get(std::string_view owner, std::string_view id) {
  Result<StoredResponse> found = find(owner, id);
  if (!found) return as_own_fault(found.error());
  return found;
}

/// The database, or on a full disk what of it can be read.
Result<Database*> ResponseStore::readable(std::unique_ptr<Database>& for_now) const {
  if (database_ != nullptr) return database_.get();
  for_now =
      TRY(Database::open(path_, {.access = Database::Access::kReadAlone, .busy_timeout_ms = 1000}, log_));
  return for_now.get();
}

Result<ResponseStore::Row> ResponseStore::select(std::string_view owner, std::string_view id) const {
  std::unique_ptr<Database> for_now;
  const Result<Database*> database = readable(for_now);
  if (!database && database.error().code == ErrorCode::kNotFound) return not_found(id);
  if (for_now != nullptr && !TRY(for_now->has_table("responses"))) return not_found(id);
  auto rows = TRY(TRY(database)->prepare("SELECT body, messages FROM responses WHERE owner = ? AND id = ?"));
  if (!TRY(rows.bind(owner).bind(id).step())) return not_found(id);
  return Row{.body = rows.text(0), .messages = rows.text(1)};
}

Result<StoredResponse> ResponseStore::find(std::string_view owner, std::string_view id) {
  Row row;
  {
    const std::scoped_lock lock(mutex_);
    const auto pending = pending_.find({std::string(owner), std::string(id)});
    if (pending != pending_.end()) return pending->second;
    if (database_ != nullptr && !database_->is_in_place()) note(ready());
    row = TRY(with_healing([&] { return select(owner, id); }));
  }
  auto body = api::parse_json(row.body, kStoredLimits),
       messages = api::parse_json(row.messages, kStoredLimits);
  if (!body || !messages) {
    log_(LogLevel::kError, fmt::format("the response {} in {} is damaged", id, path_.string()));
    return not_found(id);
  }
  return StoredResponse{.id = std::string(id),
                        .owner = std::string(owner),
                        .body = std::move(*body),
                        .messages = std::move(*messages)};
}

Status ResponseStore::erase(std::string_view owner, std::string_view id) {
  TRY(ready());
  auto rows = TRY(database_->prepare("DELETE FROM responses WHERE owner = ? AND id = ? RETURNING bytes"));
  rows.bind(owner).bind(id);
  if (!TRY(take_out(rows))) return not_found(id);
  return {};
}

Status ResponseStore::remove(std::string_view owner, std::string_view id) {
  const std::scoped_lock lock(mutex_);
  if (pending_.erase({std::string(owner), std::string(id)}) > 0) return {};
  const Status erased = with_healing([&] { return erase(owner, id); });
  if (!erased) return as_own_fault(erased.error());
  return {};
}

size_t ResponseStore::size() const {
  const std::scoped_lock lock(mutex_);
  return num_responses_;
}

}  // namespace hearth::server
