#include "server/ollama/manage.h"

#include "api/call/request_body.h"
#include "api/parameters/parameter_reader.h"
#include "base/printable.h"
#include "server/jobs/job_registry.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

constexpr size_t kMaxModelName = 1024;

}  // namespace

Result<api::Json> read_ollama_body(const HttpRequest& request) {
  if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "missing request body");
  }
  api::Json body = TRY(api::parse_request(request.body));
  TRY(api::ParameterReader::of(body));
  return body;
}

Result<std::string> named_model(const api::Json& body) {
  auto reader = TRY(api::ParameterReader::of(body));
  for (const std::string_view member : {"model", "name"}) {
    auto name = TRY(reader.text(member, kMaxModelName));
    if (name && !name->empty()) return *std::move(name);
  }
  return fail(ErrorCode::kInvalidArgument, "model is required");
}

Result<ModelName> parse_model_name(std::string_view text, std::string_view what) {
  auto name = ModelName::parse(text);
  if (name) return name;
  return fail(ErrorCode::kInvalidArgument, "{} {} is invalid: {}", what, quoted(text, 200),
              name.error().message);
}

Error model_not_found(std::string_view name) {
  std::string text = quoted(name, 200);
  text.front() = text.back() = '\'';
  return {ErrorCode::kNotFound, fmt::format("model {} not found", text), {}};
}

Result<ModelStore*> store_of(Services& services) {
  if (ModelStore* store = services.store()) return store;
  return fail(ErrorCode::kUnsupported, "this server keeps no models");
}

Result<bool> wants_stream(const api::Json& body) {
  auto reader = TRY(api::ParameterReader::of(body));
  return TRY(reader.boolean("stream")).value_or(true);
}

api::Json progress_json(const TransferProgress& progress) {
  api::Json line = {{"status", progress.status}};
  if (progress.digest) line["digest"] = progress.digest->text();
  if (progress.total > 0) line["total"] = progress.total;
  if (progress.completed > 0) line["completed"] = progress.completed;
  return line;
}

Result<Outcome> answer_transfer(std::string_view what, const ModelTransfers::Transfer& transfer,
                                const HttpRequest& request, Services& services) {
  const api::Json body = TRY(read_ollama_body(request));
  const std::string text = TRY(named_model(body));
  PullRequest wanted{.name = TRY(parse_model_name(text))};
  auto reader = TRY(api::ParameterReader::of(body));
  wanted.insecure = TRY(reader.boolean("insecure")).value_or(false);
  const bool streams = TRY(wants_stream(body));
  TRY(store_of(services));
  if (!transfer) return fail(ErrorCode::kUnsupported, "this server cannot {} models", what);
  const std::string job_name =
      fmt::format("{} {}{}", what, wanted.name.text(), wanted.insecure ? " insecure" : "");
  const JobTask task = [transfer, wanted](Job& job, const std::stop_token& stop) -> Status {
    TRY(transfer(wanted, [&](const TransferProgress& progress) { job.tell(progress_json(progress)); }, stop));
    job.tell({{"status", "success"}});
    return {};
  };
  return JobStream{TRY(services.jobs().start(job_name, task)), streams};
}

}  // namespace hearth::server
