#include <cstdio>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/session.h"
#include "cli/session_options.h"
#include "cli/terminal.h"

namespace hearth::cli {
namespace {

struct FitOptions {
  SessionOptions session;
  bool json = false;
};

nlohmann::ordered_json to_json(const OpenedModel& opened) {
  const MemoryPlan& plan = opened.plan;
  nlohmann::ordered_json json = {{"model", opened.options.path.string()},
                                 {"backend", opened.backend->name()},
                                 {"trained_context", plan.trained_context},
                                 {"context", plan.context},
                                 {"reduced", plan.reduced},
                                 {"kv_type", dtype_info(plan.kv.dtype).name},
                                 {"mapped_bytes", plan.mapped_bytes},
                                 {"weight_bytes", plan.weight_bytes},
                                 {"work_bytes", plan.work_bytes},
                                 {"program_bytes", plan.program_bytes},
                                 {"kv_bytes", plan.kv.bytes()},
                                 {"total_bytes", plan.total_bytes()}};
  if (plan.draft) {
    json["draft"] = {{"mapped_bytes", plan.draft->mapped_bytes}, {"weight_bytes", plan.draft->weight_bytes},
                     {"work_bytes", plan.draft->work_bytes},     {"header_bytes", plan.draft->header_bytes},
                     {"kv_bytes", plan.draft->kv.bytes()},       {"total_bytes", plan.draft->total_bytes()}};
  }
  json["available_bytes"] =
      plan.available ? nlohmann::ordered_json(*plan.available) : nlohmann::ordered_json(nullptr);
  return json;
}

void print_text(const OpenedModel& opened) {
  const MemoryPlan& plan = opened.plan;
  print_out("{} on {}\n", opened.options.path.filename().string(), opened.backend->name());
  const auto line = [](std::string_view name, size_t bytes, const std::string& note) {
    if (bytes > 0) print_out("  {:<12} {:>9}  {}\n", name, format_bytes(bytes), note);
  };
  line("weights", plan.weight_bytes, "in the backend's layout");
  line("mapped", plan.mapped_bytes, "weights used where the file lies");
  line("KV cache", plan.kv.bytes() - plan.kv.state_bytes(),
       fmt::format("{} tokens as {}, taken as they come", plan.context, dtype_info(plan.kv.dtype).name));
  line("states", plan.kv.state_bytes(), "of recurrent layers, however long the context is");
  line("work", plan.work_bytes, "buffers of one batch");
  line("program", plan.program_bytes, "code and vocabulary, estimated");
  if (plan.draft) {
    line("draft model", plan.draft->total_bytes(),
         fmt::format("{} of it the KV cache", format_bytes(plan.draft->kv.bytes())));
  }
  line("total", plan.total_bytes(),
       plan.available ? fmt::format("of {} available", format_bytes(*plan.available)) : std::string());
  if (plan.reduced) {
    print_out("the model's own context of {} tokens does not fit; {} do\n", plan.trained_context,
              plan.context);
  } else {
    print_out("it fits with {} tokens of context (the model was trained on {})\n", plan.context,
              plan.trained_context);
  }
}

Status fit(const FitOptions& options) {
  const PlannedSession planned = TRY(plan_session(options.session, stderr_log(false)));
  const OpenedModel& opened = planned.model;
  if (options.json) {
    print_out("{}\n", to_json(opened).dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    print_text(opened);
  }
  return {};
}

}  // namespace

Command command_fit() {
  return {"fit", "Say what memory a model takes, without loading it",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<FitOptions>();
            add_model(arguments, "MODEL,-m,--model", options->session.model).required();
            add_session_options(arguments, options->session);
            add_sharing_options(arguments, options->session);
            add_draft_options(arguments, options->session);
            arguments.flag("--json", options->json, "print JSON");
            return [options] { return fit(*options); };
          }};
}

}  // namespace hearth::cli
