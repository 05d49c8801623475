#include "store/content/layer_name.h"

#include <algorithm>

#include "base/printable.h"

namespace hearth {
namespace {

constexpr size_t kMaxPartBytes = 255, kMaxParts = 16;

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '\\'; }

bool is_part(std::string_view part) {
  return !part.empty() && part.size() <= kMaxPartBytes && part.front() != '.' &&
         std::ranges::all_of(part, is_plain);
}

}  // namespace

Status check_layer_name(std::string_view name) {
  std::string_view rest = name;
  for (size_t i = 0; i < kMaxParts; ++i) {
    const size_t end = rest.find('/');
    if (!is_part(rest.substr(0, end))) break;
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  return fail(ErrorCode::kCorruptData, "{} is no name for a file of a model", quoted(name));
}

}  // namespace hearth
