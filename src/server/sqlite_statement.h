#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hearth {

/// One prepared statement of SQLite: bind its values from 1 on, then step. Used by one thread; texts that are
/// bound must outlive it.
class SqliteStatement {
 public:
  /// `sql` is ours: one that does not compile is a fault of the file. Error: kCorruptData, kIo.
  static Result<SqliteStatement> prepare(sqlite3* database, std::string_view sql);
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement();

  SqliteStatement& bind(int index, std::string_view text);
  SqliteStatement& bind(int index, int64_t number);

  /// True where there is a row to read. Error: kIo.
  Result<bool> step();
  std::string text(int column) const;
  int64_t number(int column) const;

 private:
  SqliteStatement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  sqlite3* database_;
  sqlite3_stmt* statement_;
};

}  // namespace hearth
