#include "server/records/audit_line.h"

#include <algorithm>

#include "base/hex.h"
#include "base/sha256.h"

namespace hearth::server {
namespace {

constexpr size_t kHashSize = 64;
constexpr std::string_view kHashKey = ",\"hash\":\"";
constexpr std::string_view kEnd = "\"}";
constexpr std::string_view kFirst = "{\"seq\":1,";

std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(std::as_bytes(std::span(bytes)))); }

}  // namespace

std::string first_audit_hash() { return std::string(kHashSize, '0'); }

std::optional<AuditLine> read_audit_line(std::string_view line) {
  const size_t tail = kHashKey.size() + kHashSize + kEnd.size();
  if (line.size() < tail || !line.ends_with(kEnd)) return std::nullopt;
  const std::string_view body = line.substr(0, line.size() - tail);
  if (line.substr(body.size(), kHashKey.size()) != kHashKey) return std::nullopt;
  const std::string_view hash = line.substr(body.size() + kHashKey.size(), kHashSize);
  if (sha256_hex(body) != hash) return std::nullopt;
  auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("seq") || !json["seq"].is_number_unsigned() ||
      !json.contains("prev") || !json["prev"].is_string()) {
    return std::nullopt;
  }
  AuditLine read{.number = json["seq"], .prev = json["prev"], .hash = std::string(hash), .record = {}};
  read.record = std::move(json);
  return read;
}

ChainedLine chain_audit_line(uint64_t number, const std::string& prev, const nlohmann::ordered_json& record) {
  nlohmann::ordered_json whole = {{"seq", number}};
  whole.update(record);
  whole["prev"] = prev;
  ChainedLine line;
  line.text = whole.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
  line.text.pop_back();
  line.hash = sha256_hex(line.text);
  line.text.append(kHashKey).append(line.hash).append(kEnd).append("\n");
  return line;
}

bool begins_audit_log(std::string_view text) {
  const size_t common = std::min(text.size(), kFirst.size());
  return text.substr(0, common) == kFirst.substr(0, common);
}

}  // namespace hearth::server
