#include "store/names/model_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

#include "base/hex.h"
#include "base/printable.h"
#include "base/sha256.h"

namespace hearth {
namespace {

constexpr size_t kMaxHostBytes = 253, kMaxPartBytes = 80, kMaxTagBytes = 128, kMaxHubPartBytes = 200,
                 kMaxUrlBytes = 2048;
constexpr size_t kUrlDigits = 16;
constexpr std::string_view kHttps = "https://", kHttp = "http://";
constexpr std::string_view kHubPrefix = "hf:", kOllamaPrefix = "ollama:";
// The first folder of what came by its address: no registry has such a host.
constexpr std::string_view kUrlFolder = "https";
// What a file's name has for the "/" of a revision.
constexpr char kSlashInFile = '+';

std::unexpected<Error> refused(std::string_view text, std::string_view why) {
  return fail_hint(ErrorCode::kInvalidArgument,
                   "write it as qwen3:4b, hf.co/user/repo:Q4_K_M or host/space/model:tag",
                   "{} is no name of a model: {}", quoted(text), why);
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_part(std::string_view part, size_t max_bytes = kMaxPartBytes) {
  const auto is_inside = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; };
  return !part.empty() && part.size() <= max_bytes && part.front() != '.' && part.front() != '-' &&
         std::ranges::all_of(part, is_inside);
}

bool is_host(std::string_view host) {
  const size_t colon = host.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535)
      return false;
  }
  return is_part(host.substr(0, colon), kMaxHostBytes);
}

bool is_revision(std::string_view revision) {
  while (true) {
    const size_t slash = revision.find('/');
    if (!is_part(revision.substr(0, slash), kMaxHubPartBytes)) return false;
    if (slash == std::string_view::npos) return true;
    revision.remove_prefix(slash + 1);
  }
}

bool is_hub(std::string_view host) {
  const std::string small = small_letters(host);
  return small == kHubHost || small == "huggingface.co" || small == "www.huggingface.co";
}

bool is_address(std::string_view text) {
  const std::string start = small_letters(text.substr(0, kHttps.size()));
  return start.starts_with(kHttps) || start.starts_with(kHttp);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(separator, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

/// "model", "model:tag", "model@revision:tag" or "model:tag@revision". False where a mark has nothing behind.
bool take_marks(std::string_view last, ModelName& name) {
  for (int i = 0; i < 2 && !last.empty(); ++i) {
    const size_t at = last.find_last_of(":@");
    if (at == std::string_view::npos) break;
    std::string& into = last[at] == ':' ? name.tag : name.revision;
    if (at + 1 == last.size() || !into.empty()) return false;
    into = last.substr(at + 1);
    last = last.substr(0, at);
  }
  name.model = last;
  return true;
}

Result<ModelName> finish_hub(ModelName name, std::string_view text) {
  name.source = ModelSource::kHub;
  name.host = kHubHost;
  if (small_letters(name.tag) == kDefaultTag) name.tag.clear();
  if (!is_part(name.space, kMaxHubPartBytes)) return refused(text, "its user is not as the hub has them");
  if (!is_part(name.model, kMaxHubPartBytes))
    return refused(text, "its repository is not as the hub has them");
  if (!name.tag.empty() && !is_part(name.tag, kMaxHubPartBytes)) {
    return refused(text, "behind the \":\" stands no quantisation");
  }
  if (!name.revision.empty() && (name.revision.size() > kMaxHubPartBytes || !is_revision(name.revision))) {
    return refused(text, "behind the \"@\" stands no revision");
  }
  // Tag and revision are one name of a file.
  if (name.manifest_path().filename().string().size() > 255) return refused(text, "it is too long");
  return name;
}

Result<ModelName> finish_registry(ModelName name, std::string_view text) {
  name.source = ModelSource::kRegistry;
  if (!name.revision.empty()) return refused(text, "only models of the hub (hf.co) have a revision");
  if (name.tag.empty()) name.tag = kDefaultTag;
  // As a folder it would be that of addresses.
  if (!is_host(name.host) || small_letters(name.host) == kUrlFolder)
    return refused(text, "its registry is no host");
  if (!is_part(name.space)) return refused(text, "its space is not of letters, digits, \"_\", \"-\", \".\"");
  if (!is_part(name.model)) return refused(text, "the model is not of letters, digits, \"_\", \"-\", \".\"");
  if (!is_part(name.tag, kMaxTagBytes))
    return refused(text, "the tag is not of letters, digits, \"_\", \"-\", \".\"");
  return name;
}

/// Parts that "/" separates, of which the last has the marks.
Result<ModelName> from_parts(const std::vector<std::string_view>& parts, std::string_view text) {
  ModelName name{.host = std::string(kDefaultRegistry), .space = std::string(kDefaultSpace)};
  if (parts.size() > 3) return refused(text, "it has more parts than host/space/model");
  if (!take_marks(parts.back(), name)) return refused(text, "nothing stands behind a mark, or it has two");
  if (parts.size() >= 2) name.space = parts[parts.size() - 2];
  if (parts.size() == 3) name.host = parts.front();
  if (parts.size() == 3 && is_hub(name.host)) return finish_hub(std::move(name), text);
  if (parts.size() == 2 && (name.space.find(':') != std::string::npos || is_hub(name.space))) {
    return refused(text, "between the host and the model stands its space, as in host/space/model");
  }
  return finish_registry(std::move(name), text);
}

/// A page or a file of the hub: user/repo, user/repo/tree/REVISION, user/repo/blob/REVISION/FILE.
Result<ModelName> from_hub_address(std::string_view path, std::string_view text) {
  path = path.substr(0, path.find_first_of("?#"));
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::vector<std::string_view> parts = split(path, '/');
  if (parts.size() < 2) return refused(text, "the address has no user and repository");
  if (parts.size() == 2) return from_parts({kHubHost, parts[0], parts[1]}, text);
  ModelName name{.space = std::string(parts[0]), .model = std::string(parts[1])};
  if (parts.size() < 4) return refused(text, "the address is no model's");
  name.revision = parts[3];
  if (parts[2] == "blob" || parts[2] == "resolve") {
    if (parts.size() > 4) name.tag = parts.back();
  } else if (parts[2] != "tree") {
    return refused(text, "the address is no model's");
  }
  if (name.revision == "main") name.revision.clear();
  return finish_hub(std::move(name), text);
}

/// A file's name with "-" for what no part may have.
std::string as_part(std::string_view text) {
  std::string part;
  for (const char c : text.substr(0, kMaxPartBytes)) part += is_part(std::string("a") + c) ? c : '-';
  if (!is_part(part)) part.insert(0, "file");
  return part.substr(0, kMaxPartBytes);
}

Result<ModelName> from_file_address(std::string_view text, std::string_view host, std::string_view path) {
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; };
  if (text.size() > kMaxUrlBytes || !std::ranges::all_of(text, is_plain)) {
    return refused(text, "the address is too long, or has bytes that are to be written as %XX");
  }
  if (!is_host(host)) return refused(text, "the address has no plain host");
  path = path.substr(0, path.find_first_of("?#"));
  const std::string file = as_part(path.substr(path.rfind('/') + 1));
  return ModelName{.source = ModelSource::kUrl,
                   .host = small_letters(host),
                   .model = file,
                   .tag = to_hex(sha256(std::as_bytes(std::span(text)))).substr(0, kUrlDigits),
                   .url = std::string(text)};
}

Result<ModelName> from_address(std::string_view text) {
  const std::string_view rest = text.substr(text.find("//") + 2);
  const size_t slash = rest.find('/');
  const std::string_view host = rest.substr(0, slash);
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (is_hub(host)) return from_hub_address(path, text);
  const std::string_view plain = path.substr(0, path.find_first_of("?#"));
  if (small_letters(plain).ends_with(".gguf")) return from_file_address(text, host, path);
  return from_parts(split(rest, '/'), text);
}

}  // namespace

std::string small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  }
  return small;
}

Result<ModelName> ModelName::parse(std::string_view text) {
  if (text.empty()) return refused(text, "it is empty");
  if (is_address(text)) return from_address(text);
  std::vector<std::string_view> parts = split(text, '/');
  // With three parts the first is a host, "hf:5000" as well.
  if (parts.size() == 2 && text.starts_with(kHubPrefix)) {
    return from_parts({kHubHost, parts[0].substr(kHubPrefix.size()), parts[1]}, text);
  }
  if (parts.size() <= 2 && text.starts_with(kOllamaPrefix)) {
    return from_parts(split(text.substr(kOllamaPrefix.size()), '/'), text);
  }
  return from_parts(parts, text);
}

Result<ModelName> ModelName::from_path(const std::filesystem::path& path, std::string_view origin) {
  std::vector<std::string> parts;
  for (const std::filesystem::path& part : path) parts.push_back(part.string());
  if (parts.size() != 4) return refused(path.string(), "it is not four folders deep");
  if (parts[0] == kUrlFolder) {
    ModelName name = TRY(parse(origin));
    if (name.source == ModelSource::kUrl && name.manifest_path() == path) return name;
    return refused(path.string(), "its manifest does not say which address it came from");
  }
  ModelName name{.host = parts[0], .space = parts[1], .model = parts[2], .tag = parts[3]};
  if (!is_hub(name.host)) return finish_registry(std::move(name), path.string());
  const size_t at = name.tag.find('@');
  if (at != std::string::npos) {
    name.revision = name.tag.substr(at + 1);
    std::ranges::replace(name.revision, kSlashInFile, '/');
    name.tag.resize(at);
  }
  return finish_hub(std::move(name), path.string());
}

std::string ModelName::text() const {
  if (source == ModelSource::kUrl) return url;
  if (source == ModelSource::kHub) {
    return fmt::format("{}/{}/{}{}{}{}{}", kHubHost, space, model, revision.empty() ? "" : "@", revision,
                       tag.empty() ? "" : ":", tag);
  }
  std::string text;
  const bool is_default = small_letters(host) == kDefaultRegistry;
  if (!is_default) text = host + "/";
  // "ollama:7b" would read as the model 7b.
  const bool is_prefix = small_letters(model) + ":" == kOllamaPrefix;
  if (!is_default || small_letters(space) != kDefaultSpace || is_prefix) text += space + "/";
  text += model;
  if (small_letters(tag) != kDefaultTag) text += ":" + tag;
  return text;
}

std::filesystem::path ModelName::manifest_path() const {
  if (source == ModelSource::kUrl) return std::filesystem::path(kUrlFolder) / host / model / tag;
  std::string file = tag.empty() ? std::string(kDefaultTag) : tag;
  if (!revision.empty()) {
    file += "@" + revision;
    std::ranges::replace(file, '/', kSlashInFile);
  }
  return std::filesystem::path(host) / space / model / file;
}

bool ModelName::operator==(const ModelName& other) const {
  return source == other.source && url == other.url &&
         small_letters(manifest_path().string()) == small_letters(other.manifest_path().string());
}

}  // namespace hearth
