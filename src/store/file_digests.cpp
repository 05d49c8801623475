#include "store/file_digests.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/hex.h"
#include "base/private_file.h"

namespace hearth {
namespace {

// "1 DEVICE INODE BYTES WRITTEN CHANGED SHA256 CHECK", where CHECK is the beginning of the line's own
// SHA-256.
constexpr std::string_view kVersion = "1";
constexpr size_t kCheckDigits = 16;
constexpr size_t kMaxFileBytes = size_t(1) << 20;

std::string check_of(std::string_view line) {
  return to_hex(sha256(std::as_bytes(std::span(line)))).substr(0, kCheckDigits);
}

std::string to_line(const FileDigestEntry& entry) {
  const FileStamp& stamp = entry.stamp;
  const std::string line =
      fmt::format("{} {} {} {} {} {} {}", kVersion, stamp.device, stamp.inode, stamp.num_bytes,
                  stamp.written_ns, stamp.changed_ns, to_hex(entry.digest));
  return fmt::format("{} {}\n", line, check_of(line));
}

std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

template <typename T>
bool take_number(std::string_view& line, T& number) {
  const std::string_view word = take_word(line);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size();
}

std::optional<FileDigestEntry> parse_line(std::string_view line) {
  const size_t check_at = line.rfind(' ');
  if (check_at == std::string_view::npos || line.substr(check_at + 1) != check_of(line.substr(0, check_at))) {
    return std::nullopt;
  }
  line = line.substr(0, check_at);
  FileDigestEntry entry;
  FileStamp& stamp = entry.stamp;
  if (take_word(line) != kVersion || !take_number(line, stamp.device) || !take_number(line, stamp.inode) ||
      !take_number(line, stamp.num_bytes) || !take_number(line, stamp.written_ns) ||
      !take_number(line, stamp.changed_ns) || line.size() != 2 * entry.digest.size()) {
    return std::nullopt;
  }
  for (size_t i = 0; i < entry.digest.size(); ++i) {
    const char* digits = line.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, entry.digest[i], 16);
    if (error != std::errc() || end != digits + 2) return std::nullopt;
  }
  return entry;
}

}  // namespace

std::vector<FileDigestEntry> parse_file_digests(std::string_view text) {
  std::vector<FileDigestEntry> entries;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (const auto entry = parse_line(line)) entries.push_back(*entry);
  }
  return entries;
}

std::optional<Sha256Digest> FileDigests::find(const FileStamp& stamp) const {
  if (path_.empty()) return std::nullopt;
  const Result<std::string> text = read_file(path_, kMaxFileBytes);
  if (!text) return std::nullopt;
  for (const FileDigestEntry& entry : parse_file_digests(*text)) {
    if (entry.stamp == stamp) return entry.digest;
  }
  return std::nullopt;
}

Status FileDigests::add(const FileStamp& stamp, const Sha256Digest& digest) const {
  if (path_.empty()) return {};
  const Result<std::string> text = read_file(path_, kMaxFileBytes);
  std::vector<FileDigestEntry> entries = text ? parse_file_digests(*text) : std::vector<FileDigestEntry>();
  std::erase_if(entries, [&](const FileDigestEntry& entry) {
    return entry.stamp.device == stamp.device && entry.stamp.inode == stamp.inode;
  });
  entries.push_back({stamp, digest});
  std::string lines;
  const size_t num_dropped = entries.size() - std::min(entries.size(), kMostEntries);
  for (const FileDigestEntry& entry : std::span(entries).subspan(num_dropped)) lines += to_line(entry);
  TRY(make_private_folder(path_.parent_path(), no_log()));
  return write_file_atomic(path_, lines, Durability::kCheckable);
}

}  // namespace hearth
