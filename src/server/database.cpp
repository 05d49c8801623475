#include "server/database.h"

#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace hearth {
namespace {

constexpr int kBusyTimeoutMs = 5000;

std::unexpected<Error> failure(sqlite3* database) {
  const int code = sqlite3_errcode(database);
  return fail(code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ErrorCode::kCorruptData : ErrorCode::kIo,
              "database: {}", sqlite3_errmsg(database));
}

}  // namespace

SqlStatement::SqlStatement(SqlStatement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      num_bound_(other.num_bound_) {}

SqlStatement::~SqlStatement() { sqlite3_finalize(statement_); }

SqlStatement& SqlStatement::bind(std::string_view text) {
  sqlite3_bind_text(statement_, ++num_bound_, text.data(), int(text.size()), SQLITE_TRANSIENT);
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
  return failure(database_);
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

Result<Database> Database::open(const std::filesystem::path& path) {
  // SQLite would make it readable for all.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) {
    return fail(ErrorCode::kIo, "cannot open {}: {}", path.string(), sqlite3_errstr(code));
  }
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  TRY(database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF"));
  return database;
}

Database::Database(Database&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
Database::~Database() { sqlite3_close_v2(database_); }

Result<SqlStatement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, sql.data(), int(sql.size()), &statement, nullptr) != SQLITE_OK) {
    return failure(database_);
  }
  return SqlStatement(database_, statement);
}

Status Database::run(std::string_view sql) {
  if (sqlite3_exec(database_, std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure(database_);
  }
  return {};
}

int Database::num_changed() const { return sqlite3_changes(database_); }

Result<int64_t> Database::version() {
  SqlStatement statement = TRY(prepare("PRAGMA data_version"));
  TRY(statement.step());
  return statement.number(0);
}

}  // namespace hearth
