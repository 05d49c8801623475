#include <memory>
#include <utility>

#include "cli/command.h"
#include "cli/transfer/transfer_command.h"
#include "store/catalog/catalog.h"

namespace hearth::cli {
namespace {

/// A name of the catalogue comes from the repository that it stands for, and is known by both.
Status pull_by_catalog(const PullRequest& request, ModelStore& store, const TransferOptions& options,
                       const OnProgress& progress, std::stop_token stop, const LogSink& log) {
  PullRequest fetched = request;
  fetched.name = fetched_name(request.name);
  TRY(pull(fetched, store, options, progress, std::move(stop), log));
  return fetched.name == request.name ? Status() : store.copy(fetched.name, request.name);
}

}  // namespace

Command command_pull() {
  return {"pull", "Fetch models into the store", [](Arguments& arguments) -> std::function<Status()> {
            auto command = std::make_shared<TransferCommand>();
            arguments
                .words("NAME", command->names,
                       "as qwen3:4b, hf.co/user/repo:Q4_K_M, host/space/model:tag, https://host/file.gguf")
                .required();
            add_transfer_options(arguments, *command);
            return [command] { return run_transfers(*command, pull_by_catalog); };
          }};
}

}  // namespace hearth::cli
