#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hearth {

/// One SQL statement with its arguments. Errors of binding show when it is run.
class SqlStatement {
 public:
  SqlStatement(SqlStatement&& other) noexcept;
  SqlStatement& operator=(SqlStatement&&) = delete;
  ~SqlStatement();

  /// Arguments in order.
  SqlStatement& bind(std::string_view text);
  SqlStatement& bind(int64_t number);
  SqlStatement& bind(std::optional<int64_t> number);

  /// Goes to the next row; false: there is none. Error: kIo.
  Result<bool> step();
  std::string text(int column) const;
  int64_t number(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  SqlStatement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  sqlite3* database_;
  sqlite3_stmt* statement_;
  int num_bound_ = 0;
};

/// An SQLite file, in WAL mode: what was committed survives the end of the process at any moment. For one
/// thread at a time.
class Database {
 public:
  /// Makes the file where it does not exist, readable for this user alone. Errors: kIo, kCorruptData.
  static Result<Database> open(const std::filesystem::path& path);
  Database(Database&& other) noexcept;
  Database& operator=(Database&&) = delete;
  ~Database();

  Result<SqlStatement> prepare(std::string_view sql);
  /// Statements without arguments and rows.
  Status run(std::string_view sql);
  /// Rows that the last statement changed.
  int num_changed() const;
  /// Grows when another connection has changed the file.
  Result<int64_t> version();

 private:
  explicit Database(sqlite3* database) : database_(database) {}

  sqlite3* database_;
};

}  // namespace hearth
