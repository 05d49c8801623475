#include "server/records/database.h"

#include <cerrno>
#include <utility>

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/private_file.h"
#include "base/system_error.h"

namespace hearth::server {
namespace {

/// SQLite makes its files readable for all, but those beside the database only as readable as that.
Status make_private(const std::filesystem::path& path, Database::Access access, const LogSink& log) {
  if (access == Database::Access::kShared) TRY(create_file(path, ""));
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) TRY(keep_private(path.string() + suffix, log));
  return {};
}

/// Device and inode of what a name leads to; zeros where that is nothing.
std::pair<uint64_t, uint64_t> identity_of(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino};
}

bool has_content(const std::filesystem::path& path) {
  std::error_code error;
  const auto num_bytes = std::filesystem::file_size(path, error);
  return !error && num_bytes > 0;
}

}  // namespace

SqlStatement::SqlStatement(SqlStatement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      num_bound_(other.num_bound_) {}

SqlStatement::~SqlStatement() { sqlite3_finalize(statement_); }

SqlStatement& SqlStatement::bind(std::string_view text) {
  // To SQLite a null pointer is NULL, not an empty text.
  sqlite3_bind_text64(statement_, ++num_bound_, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

SqlStatement& SqlStatement::bind(int64_t number) {
  sqlite3_bind_int64(statement_, ++num_bound_, number);
  return *this;
}

SqlStatement& SqlStatement::bind(std::optional<int64_t> number) {
  if (number) return bind(*number);
  sqlite3_bind_null(statement_, ++num_bound_);
  return *this;
}

Result<bool> SqlStatement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->failure();
}

std::string SqlStatement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data == nullptr ? std::string()
                         : std::string(data, size_t(sqlite3_column_bytes(statement_, column)));
}

int64_t SqlStatement::number(int column) const { return sqlite3_column_int64(statement_, column); }

bool SqlStatement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

/// SQLite has a code for a full disk, and others where a quota or a limit stopped a write, or where there was
/// no room for the memory that processes share, which is a file.
bool Database::has_no_space() const {
  const int code = sqlite3_extended_errcode(database_);
  switch (code) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_SHMSIZE:
      return true;
    default:
      break;
  }
  const int kind = code & 0xFF;
  if (kind == SQLITE_FULL) return true;
  // Not always there is a reason of the system's left.
  const int number = sqlite3_system_errno(database_);
  return (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN) &&
         (number == ENOSPC || number == EDQUOT || number == EFBIG);
}

std::unexpected<Error> Database::failure() const {
  const char* reason = sqlite3_errmsg(database_);
  if (has_no_space()) {
    return fail_hint(ErrorCode::kNoSpace, "free some disk space, or raise the limit for files (ulimit -f)",
                     "cannot write {}: {}", name_, reason);
  }
  if (const int number = sqlite3_system_errno(database_); number == EMFILE || number == ENFILE) {
    return system_error(number, "use " + name_);
  }
  switch (sqlite3_errcode(database_) & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail_hint(ErrorCode::kCorruptData, "restore it from a copy, or move it away to begin a new one",
                       "{} is damaged: {}", name_, reason);
    case SQLITE_ERROR:  // our statements are right: it is the tables that are not ours
      return fail_hint(ErrorCode::kUnsupported, "move it away to begin a new one",
                       "{} has another layout: {}", name_, reason);
    case SQLITE_NOMEM:
      return fail(ErrorCode::kResourceLimit, "cannot use {}: {}", name_, reason);
    default:
      return fail_hint(ErrorCode::kIo, "look at the disk, its limits and permissions", "cannot use {}: {}",
                       name_, reason);
  }
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path, Options options,
                                                 const LogSink& log) {
  const bool reads_alone = options.access == Access::kReadAlone;
  if (reads_alone && !has_content(path)) {
    return fail(ErrorCode::kNotFound, "there is nothing in {}", path.string());
  }
  if (!path.empty()) TRY(make_private(path, options.access, log));
  std::unique_ptr<Database> database(new Database(path.empty() ? ":memory:" : path.string()));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (reads_alone ? 0 : SQLITE_OPEN_CREATE);
  if (sqlite3_open_v2(database->name_.c_str(), &database->database_, flags, nullptr) != SQLITE_OK) {
    return database->failure();
  }
  if (!path.empty()) database->identity_ = identity_of(database->name_);
  sqlite3_busy_timeout(database->database_, options.busy_timeout_ms);
  if (reads_alone) {
    // Whoever has the file for himself keeps in his own memory what is else shared in a file.
    TRY(database->run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF"));
    return database;
  }
  TRY(database->run("PRAGMA journal_mode = WAL; PRAGMA trusted_schema = OFF"));
  TRY(database->run(options.commit == Commit::kLasting ? "PRAGMA synchronous = FULL"
                                                       : "PRAGMA synchronous = NORMAL"));
  return database;
}

Database::~Database() { sqlite3_close_v2(database_); }

Result<SqlStatement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, sql.data(), int(sql.size()), &statement, nullptr) != SQLITE_OK) {
    return failure();
  }
  return SqlStatement(this, statement);
}

Status Database::run(std::string_view sql) {
  if (sqlite3_exec(database_, std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure();
  }
  return {};
}

Result<bool> Database::has_table(std::string_view name) {
  SqlStatement find = TRY(prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"));
  return find.bind(name).step();
}

int Database::num_changed() const { return sqlite3_changes(database_); }

bool Database::is_in_place() const {
  return identity_ == std::pair<uint64_t, uint64_t>() || identity_of(name_) == identity_;
}

Result<int64_t> Database::version() {
  SqlStatement statement = TRY(prepare("PRAGMA data_version"));
  TRY(statement.step());
  return statement.number(0);
}

}  // namespace hearth::server
