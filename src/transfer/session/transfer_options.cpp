#include "transfer/session/transfer_options.h"

#include <algorithm>

#include "base/file.h"
#include "base/printable.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxToken = 4096;

Result<bool> is_set(const Environment& environment, const char* name) {
  std::string value = environment(name).value_or("0");
  std::ranges::transform(value, value.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  if (value == "1" || value == "true" || value == "yes" || value == "on") return true;
  if (value == "0" || value == "false" || value == "no" || value == "off") return false;
  return fail_hint(ErrorCode::kInvalidArgument, "set it to 1 or 0", "{} is {}", name, hearth::quoted(value));
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string read_hub_token(const Environment& environment, const fs::path& home) {
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    if (const auto token = environment(name)) return trimmed(*token);
  }
  const fs::path cache = environment("XDG_CACHE_HOME").value_or((home / ".cache").string());
  const fs::path hub = environment("HF_HOME").value_or((cache / "huggingface").string());
  const fs::path file = environment("HF_TOKEN_PATH").value_or((hub / "token").string());
  return trimmed(read_file(file, kMaxToken).value_or(std::string()));
}

std::vector<std::string> by_comma(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (std::string part = trimmed(text.substr(at, end - at)); !part.empty())
      parts.push_back(std::move(part));
    at = end + 1;
  }
  return parts;
}

}  // namespace

Result<TransferOptions> TransferOptions::from_environment(const Environment& environment) {
  TransferOptions options;
  const fs::path home = environment("HOME").value_or("/");
  options.offline = TRY(is_set(environment, "HEARTH_OFFLINE")) || TRY(is_set(environment, "HF_HUB_OFFLINE"));
  options.trusted_hosts = by_comma(environment("HEARTH_TRUSTED_HOSTS").value_or(""));
  options.hub_endpoint = environment("HF_ENDPOINT").value_or(options.hub_endpoint);
  if (const auto endpoint = transfer::Url::parse(options.hub_endpoint); !endpoint) {
    return fail_hint(ErrorCode::kInvalidArgument, "write it as https://huggingface.co", "HF_ENDPOINT: {}",
                     endpoint.error().message);
  }
  options.hub_token = read_hub_token(environment, home);
  options.proxies = transfer::Proxies::from_environment(environment);
  options.ca_file = environment("SSL_CERT_FILE").value_or("");
  // An account that Ollama's key is known to stays the same account.
  const fs::path data = environment("XDG_DATA_HOME").value_or((home / ".local" / "share").string());
  const fs::path ollamas = home / ".ollama" / "id_ed25519";
  std::error_code error;
  options.key_file = fs::exists(ollamas, error) ? ollamas : data / "hearth" / "id_ed25519";
  options.docker_config =
      fs::path(environment("DOCKER_CONFIG").value_or((home / ".docker").string())) / "config.json";
  return options;
}

}  // namespace hearth
