#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/dialect.h"

namespace hearth::api {

/// The segments of a path: "/v1/messages" has two, "/" none.
std::vector<std::string> split_path(std::string_view path);

/// The dialects that a server speaks. Immutable, safe to share between threads.
class DialectTable {
 public:
  /// CHECKs that one of them has the path "/", and that no two have the same.
  explicit DialectTable(std::vector<const Dialect*> dialects);

  /// The dialect with the longest prefix of this path.
  const Dialect& of_path(std::span<const std::string> segments) const;
  /// The dialect whose marker header is present. Null: none.
  const Dialect* marked_by(
      const std::function<std::optional<std::string_view>(std::string_view name)>& header) const;

  std::span<const Dialect* const> all() const { return dialects_; }
  /// Of all of them, each once.
  std::vector<std::string_view> key_headers() const { return each_once(&Dialect::key_header); }
  std::vector<std::string_view> request_id_headers() const { return each_once(&Dialect::request_id_header); }

 private:
  std::vector<std::string_view> each_once(std::string_view Dialect::* member) const;

  struct OwnPath {
    std::vector<std::string> segments;
    const Dialect* dialect;
  };

  std::vector<const Dialect*> dialects_;
  std::vector<OwnPath> paths_;  ///< the longest first
};

}  // namespace hearth::api
