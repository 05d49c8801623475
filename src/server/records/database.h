#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hearth::server {

class Database;

/// One SQL statement with its arguments. Errors of binding show when it is run. Its database must stay in
/// place.
class SqlStatement {
 public:
  SqlStatement(SqlStatement&& other) noexcept;
  SqlStatement& operator=(SqlStatement&&) = delete;
  ~SqlStatement();

  /// Arguments in order.
  SqlStatement& bind(std::string_view text);
  SqlStatement& bind(int64_t number);
  SqlStatement& bind(std::optional<int64_t> number);

  /// Goes to the next row; false: there is none. Errors: those of the database.
  Result<bool> step();
  std::string text(int column) const;
  int64_t number(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  SqlStatement(const Database* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}

  const Database* database_;
  sqlite3_stmt* statement_;
  int num_bound_ = 0;
};

/// An SQLite file, in WAL mode: what was committed survives the end of the process at any moment. It and the
/// files beside it are for their owner alone (base/private_file.h). For one thread at a time. Errors of all
/// its methods: kCorruptData for a damaged file, kUnsupported for one of another layout, kResourceLimit,
/// kNoSpace where the disk is full, kIo.
class Database {
 public:
  enum class Commit : uint8_t {
    kLasting,  ///< waits for the disk
    kQuick     ///< a crash of the machine may lose the last commits, never the file
  };
  enum class Access : uint8_t {
    kShared,    ///< with other processes, by files beside it
    kReadAlone  ///< reads what is there without making any file, as on a full disk; others wait meanwhile
  };
  struct Options {
    Commit commit = Commit::kLasting;
    Access access = Access::kShared;
    int busy_timeout_ms = 5000;  ///< how long another process may keep it
  };

  /// Makes the file where it does not exist, unless it is only to be read; an empty path keeps all in memory.
  /// Errors also: kInvalidArgument for what is no file, kNotFound.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, Options options,
                                                const LogSink& log);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  Result<SqlStatement> prepare(std::string_view sql);
  /// Statements without arguments, whose rows nobody reads.
  Status run(std::string_view sql);
  Result<bool> has_table(std::string_view name);
  /// Rows that the last statement changed.
  int num_changed() const;
  /// Grows when another connection has changed the file.
  Result<int64_t> version();
  /// Whether the file is still what its name leads to: what is written to one that was removed or replaced is
  /// lost.
  bool is_in_place() const;

 private:
  friend class SqlStatement;
  explicit Database(std::string name) : name_(std::move(name)) {}
  std::unexpected<Error> failure() const;
  bool has_no_space() const;

  std::string name_;
  sqlite3* database_ = nullptr;
  std::pair<uint64_t, uint64_t> identity_;  ///< device and inode; nothing of one in memory
};

}  // namespace hearth::server
