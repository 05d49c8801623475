#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/library/library.h"
#include "cli/terminal.h"

namespace hearth::cli {
namespace {

struct CopyOptions {
  std::string from, to;
  bool json = false;
};

Status copy(const CopyOptions& options) {
  const ModelName from = TRY(ModelName::parse(options.from)), to = TRY(ModelName::parse(options.to));
  const auto store = TRY(open_library());
  TRY(store->copy(from, to));
  if (options.json) {
    print_json({{"from", from.text()}, {"to", to.text()}});
  } else {
    print_out("{} is {}\n", to.text(), from.text());
  }
  return {};
}

}  // namespace

Command command_cp() {
  return {"cp", "Give a model of the store a further name",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<CopyOptions>();
            arguments.option("FROM", options->from, word("NAME"), "a model of the store").required();
            arguments.option("TO", options->to, word("NAME"), "the further name").required();
            arguments.flag("--json", options->json, "print JSON");
            return [options] { return copy(*options); };
          }};
}

}  // namespace hearth::cli
