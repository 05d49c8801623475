#include <algorithm>
#include <array>
#include <mutex>

#include "base/check.h"
#include "grammar/regex/formats/format_expressions.h"
#include "grammar/regex/languages.h"

namespace hearth::grammar {
namespace {

/// What is compiled here is our own: an error is a fault of ours.
template <typename T>
TextDfaPtr sure(Result<T> language) {
  CHECK(language.has_value());
  return std::move(*language);
}

constexpr Limits kOwnLimits{.max_dfa_states = 1'000'000, .compile_fuel = 1'000'000'000};

TextDfaPtr matching(const std::string& expression) { return sure(regex_language(expression, kOwnLimits)); }

TextDfaPtr hostname() {
  return sure(
      intersected(*matching(hostname_expression()), *sure(length_language(1, 253, kOwnLimits)), kOwnLimits));
}

/// Mailboxes of local parts, each with its @, and hosts or literal addresses.
TextDfaPtr mailbox(const std::string& local_part, const std::string& host) {
  return matching("(?:" + local_part + ")(?:" + host + "|" + address_literal_expression() + ")");
}

TextDfaPtr email() {
  const TextDfaPtr mailboxes = mailbox(email_local_part_expression(), hostname_expression());
  return sure(intersected(*mailboxes, *matching("[^]*@[^@]{1,253}"), kOwnLimits));
}

constexpr const char* kJsonPointer = "(?:/(?:[^~/]|~[01])*)*";

struct Format {
  std::string_view name;
  TextDfaPtr (*make)();
};

constexpr Format kFormats[] = {
    {"date", [] { return matching(date_expression()); }},
    {"date-time", [] { return matching(date_time_expression()); }},
    {"duration", [] { return matching(duration_expression()); }},
    {"email", email},
    {"hostname", hostname},
    {"idn-email", [] { return mailbox(idn_email_local_part_expression(), idn_hostname_expression()); }},
    {"idn-hostname", [] { return matching(idn_hostname_expression()); }},
    {"ipv4", [] { return matching(ipv4_expression()); }},
    {"ipv6", [] { return matching(ipv6_expression()); }},
    {"iri", [] { return matching(uri_expression({.international = true})); }},
    {"iri-reference", [] { return matching(uri_expression({.international = true, .reference = true})); }},
    {"json-pointer", [] { return matching(kJsonPointer); }},
    {"regex", [] { return matching(regex_expression()); }},
    {"relative-json-pointer",
     [] { return matching(std::string("(?:0|[1-9]\\d*)(?:#|") + kJsonPointer + ")"); }},
    {"time", [] { return matching(time_expression()); }},
    {"uri", [] { return matching(uri_expression({})); }},
    {"uri-reference", [] { return matching(uri_expression({.reference = true})); }},
    {"uri-template", [] { return matching(uri_template_expression()); }},
    {"uuid", [] { return matching("[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"); }},
};

struct Made {
  std::once_flag once;
  TextDfaPtr language;
};

}  // namespace

std::optional<TextDfaPtr> format_language(std::string_view name) {
  static std::array<Made, std::size(kFormats)> made;
  const auto* format = std::ranges::find(kFormats, name, &Format::name);
  if (format == std::end(kFormats)) return std::nullopt;
  Made& entry = made[size_t(format - kFormats)];
  std::call_once(entry.once, [&] { entry.language = format->make(); });
  return entry.language;
}

}  // namespace hearth::grammar
