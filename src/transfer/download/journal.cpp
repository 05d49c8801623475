#include "transfer/download/journal.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/file.h"
#include "base/hex.h"

namespace hearth::transfer {
namespace {

constexpr std::string_view kMark = "hearth-partial 1 ";
constexpr size_t kMaxField = 1024;
constexpr uint64_t kMaxSize = uint64_t(1) << 53;

/// Up to the next space, which goes too; the rest where there is none.
std::string_view take_field(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(line.size(), end + 1));
  return field;
}

std::optional<uint64_t> number(std::string_view field) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || value > kMaxSize) return std::nullopt;
  return value;
}

std::optional<std::string> from_hex(std::string_view field) {
  if (field == "-") return std::string();
  if (field.empty() || field.size() % 2 != 0 || field.size() > kMaxField) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < field.size(); i += 2) {
    uint8_t byte = 0;
    const char* begin = field.data() + i;
    if (std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2) return std::nullopt;
    out += char(byte);
  }
  return out;
}

std::optional<Journal> parse_head(std::string_view line) {
  if (!line.starts_with(kMark)) return std::nullopt;
  line.remove_prefix(kMark.size());
  Journal journal;
  const auto size = number(take_field(line));
  journal.boot = take_field(line);
  const auto validator = from_hex(take_field(line));
  if (!size || journal.boot.empty() || journal.boot.size() > kMaxField || !validator || !line.empty()) {
    return std::nullopt;
  }
  if (journal.boot == "-") journal.boot.clear();
  journal.num_bytes = *size;
  journal.validator = *validator;
  return journal;
}

bool take_range(Journal& journal, std::string_view line) {
  const std::string_view kind = take_field(line);
  const auto begin = number(take_field(line)), end = number(take_field(line));
  if ((kind != "w" && kind != "s") || !begin || !end || !line.empty()) return false;
  if (*begin >= *end || *end > journal.num_bytes) return false;
  journal.written.add(*begin, *end);
  if (kind == "s") journal.synced.add(*begin, *end);
  return true;
}

}  // namespace

std::optional<Journal> Journal::parse(std::string_view text) {
  std::optional<Journal> journal;
  while (true) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return journal;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!journal) {
      journal = parse_head(line);
      if (!journal) return std::nullopt;
    } else if (!take_range(*journal, line)) {
      return journal;
    }
  }
}

std::string Journal::head() const {
  return fmt::format("{}{} {} {}\n", kMark, num_bytes, boot.empty() ? "-" : boot,
                     validator.empty() ? "-" : to_hex(validator));
}

std::string Journal::line(char kind, uint64_t begin, uint64_t end) {
  return fmt::format("{} {} {}\n", kind, begin, end);
}

std::string current_boot() {
  std::string text = read_file("/proc/sys/kernel/random/boot_id", kMaxField).value_or(std::string());
  std::erase_if(text, [](char c) { return c <= ' ' || c > '~'; });
  return text;
}

}  // namespace hearth::transfer
