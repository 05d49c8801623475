#include "transfer/hub/hub_client.h"

#include <nlohmann/json.hpp>

#include "base/printable.h"

namespace hearth::transfer {
namespace {

constexpr size_t kMaxListing = size_t(16) << 20;
constexpr size_t kMaxFiles = 100'000, kMaxPages = 1000;

}  // namespace

Result<HubClient> HubClient::open(HttpClient& http, const std::string& endpoint, const std::string& token,
                                  std::string repository) {
  Url url = TRY(Url::parse(endpoint));
  while (url.target.ends_with('/')) url.target.pop_back();
  return HubClient(http, std::move(url), token.empty() ? std::string() : "Bearer " + token,
                   std::move(repository));
}

Result<Url> HubClient::url(const std::string& rest) const { return Url::parse(endpoint_.text() + rest); }

Error HubClient::refusal(const HttpAnswer& answer, std::string_view what) const {
  const std::string_view code = answer.head.find("x-error-code");
  const int status = answer.head.status;
  Error error = status_failure(answer.head, what).error;
  if (const std::string_view why = answer.head.find("x-error-message"); !why.empty()) {
    error.message += ": " + hearth::quoted(why, 300);
  }
  const std::string page = endpoint_.text() + '/' + repository_;
  if (code == "GatedRepo" || (status == 403 && code.empty())) {
    error.code = ErrorCode::kInvalidArgument;
    error.message = fmt::format("{} is gated: its publisher must let your account in", repository_);
    error.hint = authorization_.empty()
                     ? "ask for access at " + page + ", then set HF_TOKEN to a token of your account"
                     : "ask for access at " + page + " with the account of your HF_TOKEN";
  } else if (status == 401) {
    error.message = fmt::format("{} is not there, or not for everybody", repository_);
    error.code = ErrorCode::kNotFound;
    error.hint = authorization_.empty() ? "check the name; for a private or gated repository set HF_TOKEN"
                                        : "check the name, and whether HF_TOKEN is good for it";
  } else if (code == "RepoNotFound") {
    error.message = fmt::format("there is no repository {} at {}", repository_, endpoint_.authority());
  } else if (code == "RevisionNotFound") {
    error.message = fmt::format("{} has no such revision", repository_);
  }
  return error;
}

Result<HttpAnswer> HubClient::get(const Url& address, std::string_view what) {
  HttpAnswer answer =
      TRY(http_->send({.url = address, .authorization = authorization_, .max_answer = kMaxListing}));
  if (answer.head.status == 200) return answer;
  return std::unexpected(refusal(answer, what));
}

Result<std::string> HubClient::find_commit(const std::string& revision) {
  const std::string name = revision.empty() ? "main" : revision;
  if (is_commit(name)) return name;
  const std::string repository = "/api/models/" + percent_encoded(repository_, "/");
  const HttpAnswer refs = TRY(get(TRY(url(repository + "/refs")), repository_));
  if (const auto commit = TRY(find_hub_ref(refs.body, name))) return *commit;
  const HttpAnswer answer =
      TRY(get(TRY(url(repository + "/revision/" + percent_encoded(name))), repository_ + '@' + name));
  const nlohmann::json json = nlohmann::json::parse(answer.body, nullptr, false);
  const auto sha = json.is_object() ? json.find("sha") : json.end();
  if (json.is_object() && sha != json.end() && sha->is_string() && is_commit(sha->get<std::string>())) {
    return sha->get<std::string>();
  }
  return fail(ErrorCode::kCorruptData, "the hub says no commit for {}@{}", repository_, hearth::quoted(name));
}

Result<std::vector<HubFile>> HubClient::list_files(const std::string& commit) {
  Url page =
      TRY(url("/api/models/" + percent_encoded(repository_, "/") + "/tree/" + commit + "?recursive=true"));
  std::vector<HubFile> files;
  for (size_t num_pages = 0; num_pages < kMaxPages; ++num_pages) {
    const HttpAnswer answer = TRY(get(page, repository_));
    for (HubFile& file : TRY(parse_hub_tree(answer.body))) files.push_back(std::move(file));
    if (files.size() > kMaxFiles) break;
    const std::string_view next = next_link(answer.head.find("link"));
    if (next.empty()) return files;
    const Url following = TRY(answer.url.resolve(next));
    if (following.origin() != endpoint_.origin()) {
      return fail(ErrorCode::kCorruptData, "the list of files of {} goes on at another host: {}", repository_,
                  following.shown());
    }
    page = following;
  }
  return fail(ErrorCode::kResourceLimit, "{} has more than {} files", repository_, kMaxFiles);
}

Result<Location> HubClient::locate_file(const std::string& commit, const std::string& path) {
  const Url address = TRY(
      url('/' + percent_encoded(repository_, "/") + "/resolve/" + commit + '/' + percent_encoded(path, "/")));
  return locate(*http_, address, authorization_,
                [&](const HttpAnswer& answer) { return refusal(answer, repository_ + '/' + path); });
}

}  // namespace hearth::transfer
