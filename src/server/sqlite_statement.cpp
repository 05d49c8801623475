#include "server/sqlite_statement.h"

#include <utility>

#include <sqlite3.h>

namespace hearth {
namespace {

std::unexpected<Error> failed(sqlite3* database, std::string_view doing) {
  const int code = sqlite3_errcode(database);
  const bool corrupt = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
  return fail_hint(corrupt ? ErrorCode::kCorruptData : ErrorCode::kIo,
                   corrupt ? "move the file away to begin a new one" : "look at the disk and its permissions",
                   "cannot {} the database of responses: {}", doing, sqlite3_errmsg(database));
}

}  // namespace

Result<SqliteStatement> SqliteStatement::prepare(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql.data(), int(sql.size()), &statement, nullptr) != SQLITE_OK) {
    return failed(database, "read");
  }
  return SqliteStatement(database, statement);
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

SqliteStatement& SqliteStatement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(statement_, index, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::bind(int index, int64_t number) {
  sqlite3_bind_int64(statement_, index, number);
  return *this;
}

Result<bool> SqliteStatement::step() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return failed(database_, "use");
  }
}

std::string SqliteStatement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return bytes == nullptr ? std::string()
                          : std::string(bytes, size_t(sqlite3_column_bytes(statement_, column)));
}

int64_t SqliteStatement::number(int column) const { return sqlite3_column_int64(statement_, column); }

}  // namespace hearth
