#include "transfer/hub/hub_files.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/printable.h"

namespace hearth::transfer {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 16;
constexpr uint64_t kMaxBytes = uint64_t(1) << 53;
constexpr size_t kMaxPath = 1024, kCommitDigits = 40;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Nothing where it is no JSON, or nested deeper than anything that the hub says.
Json parse_flat(std::string_view text) {
  bool is_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    is_deep |= depth > kMaxDepth;
    return !is_deep;
  };
  Json json = Json::parse(text, watch, false);
  return is_deep ? Json(Json::value_t::discarded) : json;
}

std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<uint64_t> size_member(const Json& object) {
  const auto found = object.find("size");
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto value = found->get<uint64_t>();
  return value <= kMaxBytes ? std::optional(value) : std::nullopt;
}

Result<HubFile> parse_file(const Json& entry) {
  HubFile file{.path = text_member(entry, "path")};
  const auto size = size_member(entry);
  if (file.path.empty() || file.path.size() > kMaxPath || !size) {
    return fail(ErrorCode::kCorruptData, "the hub lists a file without a path or a size");
  }
  file.num_bytes = *size;
  const auto lfs = entry.find("lfs");
  if (lfs == entry.end() || !lfs->is_object()) {
    file.git_sha1 = text_member(entry, "oid");
    if (file.git_sha1.size() == kCommitDigits && is_hex(file.git_sha1)) return file;
    return fail(ErrorCode::kCorruptData, "the hub lists {} without an id", hearth::quoted(file.path));
  }
  const auto digest = BlobDigest::parse("sha256:" + text_member(*lfs, "oid"));
  if (!digest)
    return fail(ErrorCode::kCorruptData, "the hub lists {} without its SHA-256", hearth::quoted(file.path));
  file.sha256 = *digest;
  if (const auto lfs_size = size_member(*lfs)) file.num_bytes = *lfs_size;
  return file;
}

}  // namespace

Result<std::vector<HubFile>> parse_hub_tree(std::string_view text) {
  const Json json = parse_flat(text);
  if (!json.is_array()) return fail(ErrorCode::kCorruptData, "the hub's list of files is no JSON array");
  std::vector<HubFile> files;
  for (const Json& entry : json) {
    if (!entry.is_object()) return fail(ErrorCode::kCorruptData, "the hub lists what is no object");
    if (text_member(entry, "type") == "file") files.push_back(TRY(parse_file(entry)));
  }
  return files;
}

Result<std::optional<std::string>> find_hub_ref(std::string_view text, std::string_view name) {
  const Json json = parse_flat(text);
  if (!json.is_object()) return fail(ErrorCode::kCorruptData, "the hub's list of refs is no JSON object");
  for (const char* kind : {"branches", "tags", "converts", "pullRequests"}) {
    const auto refs = json.find(kind);
    if (refs == json.end() || !refs->is_array()) continue;
    for (const Json& ref : *refs) {
      if (!ref.is_object() || (text_member(ref, "name") != name && text_member(ref, "ref") != name)) continue;
      std::string commit = text_member(ref, "targetCommit");
      if (is_commit(commit)) return commit;
      return fail(ErrorCode::kCorruptData, "the hub says no commit for {}", hearth::quoted(name));
    }
  }
  return std::nullopt;
}

bool is_commit(std::string_view text) { return text.size() == kCommitDigits && is_hex(text); }

std::string_view next_link(std::string_view header) {
  while (true) {
    const size_t open = header.find('<');
    const size_t close = header.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    const std::string_view address = header.substr(open + 1, close - open - 1);
    header.remove_prefix(close + 1);
    const std::string_view parameters = header.substr(0, header.find('<'));
    if (parameters.contains("rel=\"next\"") || parameters.contains("rel=next")) return address;
  }
}

}  // namespace hearth::transfer
