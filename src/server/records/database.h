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

/// A prepared SQL statement. Errors of binding are returned when it runs. Its database must outlive it.
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

/// An SQLite file in WAL mode: commits survive a crash of the process. It and its side files are readable by
/// their owner only (base/private_file.h). For one thread at a time. Errors of all
/// its methods: kCorruptData for a damaged file, kUnsupported for one of another layout, kResourceLimit,
/// kNoSpace where the disk is full, kIo.
class Database {
 public:
  enum class Commit : uint8_t {
    kLasting,  ///< waits for the disk
    kQuick     ///< a crash of the machine may lose the last commits, never the file
  };
  enum class Access : uint8_t {
    kShared,    ///< with other processes, by side files
    kReadAlone  ///< reads without creating any file, as on a full disk; other processes wait
  };
  struct Options {
    Commit commit = Commit::kLasting;
    Access access = Access::kShared;
    int busy_timeout_ms = 5000;  ///< wait for a lock of another process
  };

  /// Creates the file unless it exists or is only read; an empty path keeps all in memory.
  /// Errors also: kInvalidArgument for what is no file, kNotFound.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, Options options,
                                                const LogSink& log);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  Result<SqlStatement> prepare(std::string_view sql);
  /// Statements without arguments and results.
  Status run(std::string_view sql);
  Result<bool> has_table(std::string_view name);
  /// Rows changed by the last statement.
  int num_changed() const;
  /// Grows when another connection has changed the file.
  Result<int64_t> version();
  /// Whether the path still names this file: writes to a removed or replaced one are lost.
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
