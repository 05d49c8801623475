#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "cli/chat/interrupt.h"
#include "cli/command.h"
#include "cli/library/library.h"
#include "cli/terminal.h"
#include "cli/transfer/transfer_command.h"
#include "store/modelfile/create_model.h"

namespace hearth::cli {
namespace {

struct CreateCommand {
  std::string name, file;
  bool copy = false, json = false;
};

Result<Modelfile> read_modelfile(const CreateCommand& command) {
  if (command.file == "-") return Modelfile::parse(TRY(read_standard_input(kMaxModelfileSize)));
  return Modelfile::parse(TRY(read_file(command.file, kMaxModelfileSize)));
}

Status create(const CreateCommand& command) {
  const ModelName name = TRY(ModelName::parse(command.name));
  const Modelfile file = TRY(read_modelfile(command));
  const auto store = TRY(open_library());
  FileProgress shown;
  std::optional<InterruptGuard> interrupt(std::in_place);
  std::stop_source stop;
  CreateOptions options;
  options.folder = command.file == "-" ? std::filesystem::current_path()
                                       : std::filesystem::absolute(command.file).parent_path();
  options.import = {.link = !command.copy,
                    .progress =
                        [&](const std::filesystem::path& path, uint64_t num_bytes) {
                          shown.show(path, num_bytes);
                          if (interrupt->take()) stop.request_stop();
                        },
                    .stop = stop.get_token()};
  options.fetch = [&](const ModelName& base) {
    interrupt.reset();  // a pull has its own
    const Status fetched = run_transfers({.names = {base.text()}, .quiet = command.json}, pull);
    interrupt.emplace();
    return fetched;
  };
  TRY(create_model(name, file, *store, options));
  const StoredModel made = TRY(store->find(name));
  if (command.json) {
    print_json({{"name", name.text()}, {"digest", made.manifest.digest().text()}});
  } else {
    print_out("created {}  {}\n", name.text(), short_id(made));
  }
  return {};
}

}  // namespace

Command command_create() {
  return {"create", "Make a model as a Modelfile says", [](Arguments& arguments) -> std::function<Status()> {
            auto command = std::make_shared<CreateCommand>();
            command->file = "Modelfile";
            arguments.option("NAME", command->name, word("NAME"), "what it is called").required();
            arguments.option("-f,--file", command->file, word("FILE"), "the Modelfile; - is standard input");
            arguments.flag("--copy", command->copy, "copy the files that it names; or else they are linked");
            arguments.flag("--json", command->json, "print JSON");
            return [command] { return create(*command); };
          }};
}

}  // namespace hearth::cli
