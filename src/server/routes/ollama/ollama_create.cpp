#include "api/dialects/ollama.h"
#include "server/jobs/job_registry.h"
#include "server/ollama/create.h"
#include "server/ollama/manage.h"

namespace hearth::server {
namespace {

Result<Outcome> create(const HttpRequest& request, const Caller&, Services& services) {
  const api::Json body = TRY(read_ollama_body(request));
  const CreateRequest wanted = TRY(read_create_request(body));
  const bool streams = TRY(wants_stream(body));
  ModelStore* store = TRY(store_of(services));
  const JobTask task = [wanted, store, transfers = services.transfers()](Job& job,
                                                                         const std::stop_token& stop) {
    return create_as_asked(wanted, *store, transfers, job, stop);
  };
  // Each has a body of its own: only one that is sent twice is one job.
  return JobStream{TRY(services.jobs().start("create " + request.body, task)), streams};
}

}  // namespace

Route route_ollama_create() { return {"POST", "/api/create", Scope::kManage, api::dialect_ollama(), create}; }

}  // namespace hearth::server
