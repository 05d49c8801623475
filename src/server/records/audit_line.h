#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hearth::server {

/// What the first line of an audit log has as the hash of the line before.
std::string first_audit_hash();

/// One line of an audit log, as far as the chain goes.
struct AuditLine {
  uint64_t number = 0;
  std::string prev, hash;
  nlohmann::json record;
};

/// Nothing where the line is not one of ours or its hash is wrong. Without its end.
std::optional<AuditLine> read_audit_line(std::string_view line);

/// `record`, an object, as the line `number` behind the one whose hash is `prev`; with its end.
struct ChainedLine {
  std::string text, hash;
};
ChainedLine chain_audit_line(uint64_t number, const std::string& prev, const nlohmann::ordered_json& record);

/// Whether a text can be the beginning of a log's first line.
bool begins_audit_log(std::string_view text);

constexpr size_t kMaxAuditLine = size_t(64) << 20;

// Records beside those of requests.

/// Bytes of a line that was torn when the server died; they are kept in a file of their own.
constexpr std::string_view kTornLineEvent = "torn_line";
/// Requests that the log does not hold because it could not be written.
constexpr std::string_view kGapEvent = "gap";
/// From here on the log cannot be written, until a record of a gap says what is missing.
constexpr std::string_view kFailingEvent = "failing";

}  // namespace hearth::server
