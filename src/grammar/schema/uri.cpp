#include "grammar/schema/uri.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace hearth::grammar {

namespace {

/// RFC 3986, appendix B, without the fragment.
struct Parts {
  std::string_view scheme;     ///< with its colon
  std::string_view authority;  ///< with the two slashes
  std::string_view path;
  std::string_view query;  ///< with its question mark
};

size_t scheme_size(std::string_view uri) {
  const size_t colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0) return 0;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(uri[0])) return 0;
  for (const char c : uri.substr(0, colon)) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return 0;
  }
  return colon + 1;
}

Parts split(std::string_view uri) {
  uri = without_fragment(uri);
  Parts parts;
  parts.scheme = uri.substr(0, scheme_size(uri));
  uri.remove_prefix(parts.scheme.size());
  if (uri.starts_with("//")) {
    parts.authority = uri.substr(0, std::min(uri.find_first_of("/?", 2), uri.size()));
    uri.remove_prefix(parts.authority.size());
  }
  parts.path = uri.substr(0, std::min(uri.find('?'), uri.size()));
  parts.query = uri.substr(parts.path.size());
  return parts;
}

/// RFC 3986 5.2.4.
std::string remove_dot_segments(std::string_view path) {
  const bool rooted = path.starts_with('/');
  std::vector<std::string_view> segments;
  bool ends_in_folder = false;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    ends_in_folder = segment == "." || segment == "..";
    if (segment == "..") {
      if (segments.size() > (rooted ? 1 : 0)) segments.pop_back();
    } else if (segment != ".") {
      segments.push_back(segment);
    }
    at = end + 1;
  }
  std::string out;
  for (size_t i = 0; i < segments.size(); ++i) out.append(i > 0 ? "/" : "").append(segments[i]);
  if (ends_in_folder) out += '/';
  return out;
}

std::string merged_path(const Parts& base, std::string_view path) {
  if (!base.authority.empty() && base.path.empty()) return "/" + std::string(path);
  const size_t slash = base.path.rfind('/');
  const std::string_view folder = slash == std::string_view::npos ? "" : base.path.substr(0, slash + 1);
  return std::string(folder) + std::string(path);
}

}  // namespace

bool has_scheme(std::string_view uri) { return scheme_size(uri) > 0; }

std::string_view without_fragment(std::string_view uri) { return uri.substr(0, uri.find('#')); }

std::string_view fragment_of(std::string_view uri) {
  const size_t hash = uri.find('#');
  return hash == std::string_view::npos ? std::string_view() : uri.substr(hash + 1);
}

std::string resolve_uri(std::string_view base, std::string_view reference) {
  if (base.empty() || has_scheme(reference)) return std::string(reference);
  const Parts from = split(base), to = split(reference);
  std::string out(from.scheme);
  if (!to.authority.empty()) {
    out.append(to.authority).append(remove_dot_segments(to.path)).append(to.query);
  } else {
    out.append(from.authority);
    if (to.path.empty()) {
      out.append(from.path).append(to.query.empty() ? from.query : to.query);
    } else {
      const std::string path = to.path.starts_with('/') ? std::string(to.path) : merged_path(from, to.path);
      out.append(remove_dot_segments(path)).append(to.query);
    }
  }
  const size_t hash = reference.find('#');
  if (hash != std::string_view::npos) out.append(reference.substr(hash));
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    uint8_t byte = 0;
    if (text.size() - at < 3) return std::nullopt;
    const char* const digits = text.data() + at + 1;
    if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return std::nullopt;
    out += char(byte);
    at += 2;
  }
  return out;
}

}  // namespace hearth::grammar
