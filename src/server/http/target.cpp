#include "server/http/target.h"

#include <algorithm>

namespace hearth::server {
namespace {

constexpr size_t kMaxQueryParameters = 64;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Status parse_path(std::string_view raw, Target& target) {
  size_t begin = 1;
  while (true) {
    const size_t end = std::min(raw.find('/', begin), raw.size());
    auto segment = percent_decode(raw.substr(begin, end - begin), false);
    if (!segment) return fail(ErrorCode::kInvalidArgument, "the path has broken percent-encoding");
    if (has_control_character(*segment)) {
      return fail(ErrorCode::kInvalidArgument, "the path has a control character");
    }
    if (*segment == "." || *segment == "..") {
      return fail(ErrorCode::kInvalidArgument, "the path has a '{}' segment", *segment);
    }
    target.path += '/';
    target.path += *segment;
    target.segments.push_back(std::move(*segment));
    if (end == raw.size()) return {};
    begin = end + 1;
  }
}

Status parse_query(std::string_view raw, Target& target) {
  size_t num_parameters = 0;
  while (!raw.empty()) {
    const std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(pair.size() + 1, raw.size()));
    if (pair.empty()) continue;
    if (++num_parameters > kMaxQueryParameters) {
      return fail(ErrorCode::kInvalidArgument, "the query has more than {} parameters", kMaxQueryParameters);
    }
    const size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return fail(ErrorCode::kInvalidArgument, "the query has broken percent-encoding");
    target.query.emplace(std::move(*name), std::move(*value));
  }
  return {};
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded += char(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

Result<Target> parse_target(std::string_view text) {
  Target target;
  if (text == "*") {
    target.path = "*";
    return target;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    const size_t end = std::min(text.find_first_of("/?"), text.size());
    target.authority = text.substr(0, end);
    text.remove_prefix(end);
    if (target.authority.empty()) return fail(ErrorCode::kInvalidArgument, "the target has no host");
    if (!text.starts_with('/')) return fail(ErrorCode::kInvalidArgument, "the target has no path");
    break;
  }
  if (!text.starts_with('/')) return fail(ErrorCode::kInvalidArgument, "the target is not a path");
  const size_t question = std::min(text.find('?'), text.size());
  TRY(parse_path(text.substr(0, question), target));
  TRY(parse_query(text.substr(std::min(question + 1, text.size())), target));
  return target;
}

}  // namespace hearth::server
