#include <memory>
#include <string>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/library/library.h"
#include "cli/library/model_details.h"
#include "cli/terminal.h"
#include "store/move_store.h"

namespace hearth::cli {
namespace {

struct ModelsOptions {
  std::string folder;
  bool all = false;
  bool json = false;
};

Status show_path(const ModelsOptions& options) {
  const auto store = TRY(open_library());
  if (options.json) {
    print_json({{"path", store->folder().string()}});
  } else {
    print_out("{}\n", visible_line(store->folder().string()));
  }
  return {};
}

Status collect(const ModelsOptions& options) {
  const auto store = TRY(open_library());
  const GarbageAges none{.blob = std::chrono::seconds(0), .partial = std::chrono::seconds(0)};
  const uint64_t freed = TRY(store->collect_garbage(options.all ? none : GarbageAges()));
  if (options.json) {
    print_json({{"freed_bytes", freed}});
  } else {
    print_out("{} freed\n", size_text(freed));
  }
  return {};
}

Status move(const ModelsOptions& options) {
  const auto store = TRY(open_library());
  TRY(move_store(*store, options.folder));
  if (options.json) {
    print_json({{"path", options.folder}});
  } else {
    print_out("the models are in {} now; {} leads there\n", visible_line(options.folder),
              visible_line(store->folder().string()));
  }
  return {};
}

void add_commands(Arguments& models) {
  const auto options = std::make_shared<ModelsOptions>();
  Arguments& path = models.command("path", "Print the folder of the store");
  path.flag("--json", options->json, "print JSON");
  path.runs([options] { return show_path(*options); });
  Arguments& garbage = models.command("gc", "Remove files that belong to no model");
  garbage.flag("--all", options->all, "also what is so new that a pull may be about to use it");
  garbage.flag("--json", options->json, "print JSON");
  garbage.runs([options] { return collect(*options); });
  Arguments& moved = models.command("mv", "Move the store to another folder");
  moved.option("DIR", options->folder, word("DIR"), "a folder that is empty, or not there yet").required();
  moved.flag("--json", options->json, "print JSON");
  moved.runs([options] { return move(*options); });
}

}  // namespace

Command command_models() {
  return {"models", "Look after the folder of the models",
          [](Arguments& arguments) -> std::function<Status()> {
            add_commands(arguments);
            return nullptr;
          }};
}

}  // namespace hearth::cli
