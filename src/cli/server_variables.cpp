#include "cli/server_variables.h"

#include <array>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>

#include "cli/arguments/value_kind.h"

namespace hearth::cli {
namespace {

constexpr std::array<std::pair<std::string_view, const char*>, 6> kOllamas = {
    {{"ctx", "OLLAMA_CONTEXT_LENGTH"},
     {"max-running", "OLLAMA_NUM_PARALLEL"},
     {"max-loaded", "OLLAMA_MAX_LOADED_MODELS"},
     {"max-queue", "OLLAMA_MAX_QUEUE"},
     {"allow-origin", "OLLAMA_ORIGINS"},
     {"keep-loaded", "OLLAMA_KEEP_ALIVE"}}};

std::string variable_of(std::string_view option) {
  std::string name = "HEARTH_";
  for (const char c : option) name += c == '-' ? '_' : char(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

}  // namespace

void name_server_variables(Arguments& arguments) {
  for (Argument& argument : arguments.all()) {
    if (argument.option().get_positional() || argument.option().get_lnames().empty()) continue;
    const std::string& option = argument.option().get_lnames().front();
    std::vector<std::string> variables = {variable_of(option)};
    for (const auto& [name, variable] : kOllamas) {
      if (option == name) variables.emplace_back(variable);
    }
    argument.also_from(std::move(variables));
  }
}

Result<HostAndPort> parse_ollama_host(std::string_view text, const HostAndPort& otherwise) {
  const std::string_view whole = text;
  HostAndPort found = otherwise;
  if (const size_t scheme = text.find("://"); scheme != text.npos) {
    // A URL without a port has its scheme's.
    if (text.starts_with("https")) found.port = 443;
    if (text.starts_with("http:")) found.port = 80;
    text.remove_prefix(scheme + 3);
  }
  text = text.substr(0, text.find('/'));
  const size_t bracket = text.rfind(']');
  const size_t colon = text.rfind(':');
  const bool is_bare_v6 = bracket == text.npos && text.find(':') != colon;
  if (colon != text.npos && !is_bare_v6 && (bracket == text.npos || colon > bracket)) {
    const auto port = parse_number<uint16_t>(text.substr(colon + 1));
    if (!port) {
      return fail_hint(ErrorCode::kInvalidArgument, "write it as 127.0.0.1:11434",
                       "$OLLAMA_HOST: {} has no port that there could be", hearth::quoted(whole));
    }
    found.port = *port;
    text = text.substr(0, colon);
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (!text.empty()) found.host = text;
  return found;
}

}  // namespace hearth::cli
