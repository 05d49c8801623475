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

/// Labels with dots between them, of at most 253 characters together. Each counts as 16, 32 or 64 with its
/// dot, of 240 in all, so that a few states suffice: fifteen short labels, or a long one and eleven others.
TextDfaPtr short_domains() {
  constexpr uint32_t kMaxLabel = 63, kMaxUnits = 15;
  const auto units_of = [](uint32_t size) { return size < 16 ? 1u : size < 32 ? 2u : 4u; };
  // By the units of the labels before, and the size of this one.
  const auto state_of = [](uint32_t units, uint32_t size) { return 1 + units * (kMaxLabel + 1) + size; };
  const Alphabet alphabet = Alphabet::of_letters(std::array{U'.'});
  const uint32_t dot = alphabet.class_of('.'), other = alphabet.class_of('a');
  DfaTable table;
  table.num_classes = alphabet.num_classes();
  table.start = state_of(0, 0);
  for (uint32_t units = 0; units < kMaxUnits; ++units) {
    for (uint32_t size = 0; size <= kMaxLabel; ++size) {
      const bool label = size > 0 && units + units_of(size) <= kMaxUnits;
      if (size < kMaxLabel) table.edges.push_back({other, state_of(units, size + 1)});
      if (label && units + units_of(size) < kMaxUnits)
        table.edges.push_back({dot, state_of(units + units_of(size), 0)});
      std::ranges::sort(table.edges.begin() + table.edge_begin.back(), table.edges.end(), {},
                        &DfaTable::Edge::class_id);
      table.add_state(label);
    }
  }
  return std::make_shared<const TextDfa>(alphabet, table);
}

/// Mailboxes of local parts, each with its @, and hosts or literal addresses.
TextDfaPtr mailbox(const std::string& local_part, const TextDfa& hosts) {
  const TextDfaPtr domains = sure(united(hosts, *matching(address_literal_expression()), kOwnLimits));
  return sure(concatenated(*matching(local_part), *domains, kOwnLimits));
}

TextDfaPtr email() {
  const TextDfaPtr hosts = sure(intersected(*matching(hostname_expression()), *short_domains(), kOwnLimits));
  return mailbox(email_local_part_expression(), *hosts);
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
    {"idn-email",
     [] { return mailbox(idn_email_local_part_expression(), *matching(idn_hostname_expression())); }},
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
