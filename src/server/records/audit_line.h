#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hearth::server {

/// The `prev` of the first line of an audit log.
std::string first_audit_hash();

/// One line of an audit log, as part of the hash chain.
struct AuditLine {
  uint64_t number = 0;
  std::string prev, hash;
  nlohmann::json record;
};

/// `line` without its line break. Nothing where it is malformed or its hash is wrong.
std::optional<AuditLine> read_audit_line(std::string_view line);

/// `record`, an object, as line `number` after the line with the hash `prev`; with its line break.
struct ChainedLine {
  std::string text, hash;
};
ChainedLine chain_audit_line(uint64_t number, const std::string& prev, const nlohmann::ordered_json& record);

/// Whether a text can be the beginning of a log's first line.
bool begins_audit_log(std::string_view text);

constexpr size_t kMaxAuditLine = size_t(64) << 20;

// Records beside those of requests.

/// Bytes of a line that was torn by a crash; they are kept in a separate file.
constexpr std::string_view kTornLineEvent = "torn_line";
/// Requests that are missing because the log could not be written.
constexpr std::string_view kGapEvent = "gap";
/// A gap begins here: the log could not be written, until a record says how much is missing.
constexpr std::string_view kFailingEvent = "failing";

}  // namespace hearth::server
