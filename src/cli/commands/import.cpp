#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/printable.h"
#include "cli/chat/interrupt.h"
#include "cli/command.h"
#include "cli/library/library.h"
#include "cli/library/model_details.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "store/import/foreign_stores.h"
#include "store/import/import_files.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

struct ImportCommand {
  std::string path;
  std::string from;
  std::vector<std::string> names;
  bool copy = false;
  bool dry_run = false;
  bool json = false;
};

std::vector<std::string> store_names() {
  std::vector<std::string> names;
  for (const ForeignStore& store : foreign_stores()) names.emplace_back(store.name);
  return names;
}

/// What another program has, by its name.
Result<std::vector<FoundFiles>> find_foreign(const std::string& program, const ModelStore& own) {
  const auto& all = foreign_stores();
  const ForeignStore& store = *std::ranges::find(all, program, &ForeignStore::name);
  std::string looked;
  for (const fs::path& folder : store.folders(process_environment())) {
    std::error_code error;
    // Ours may be Ollama's own folder.
    if (fs::is_directory(folder, error) && !fs::equivalent(folder, own.folder(), error)) {
      return store.find(folder, stderr_log(false));
    }
    looked += (looked.empty() ? "" : ", ") + folder.string();
  }
  return fail_hint(ErrorCode::kNotFound, "name the file or the folder itself: hearth import PATH",
                   "{} has no models here; looked in {}", program, looked);
}

Result<std::vector<FoundFiles>> find_models(const ImportCommand& command, const ModelStore& store) {
  if (command.path.empty() == command.from.empty()) {
    return fail_hint(
        ErrorCode::kInvalidArgument, "give the one or the other", "{}",
        command.path.empty() ? "neither PATH nor --from is given" : "both PATH and --from are given");
  }
  std::vector<FoundFiles> models =
      command.path.empty() ? TRY(find_foreign(command.from, store)) : TRY(models_at(command.path));
  if (command.names.empty()) return models;
  if (models.size() != 1) {
    return fail_hint(ErrorCode::kInvalidArgument, "name one of them, or leave the names to the files",
                     "--name is for one model, and there are {}", models.size());
  }
  models.front().name = TRY(ModelName::parse(command.names.front()));
  return models;
}

uint64_t size_of(const FoundFiles& model) {
  uint64_t sum = 0;
  for (const FoundFile& file : model.files) {
    std::error_code error;
    const uint64_t size = fs::file_size(file.path, error);
    if (!error) sum += size;
  }
  return sum;
}

Status take_in(const FoundFiles& model, const ImportCommand& command, ModelStore& store) {
  FileProgress progress;
  InterruptGuard interrupt;
  std::stop_source stop;
  const ImportOptions options{.link = !command.copy,
                              .progress =
                                  [&](const fs::path& file, uint64_t num_bytes) {
                                    progress.show(file, num_bytes);
                                    if (interrupt.take()) stop.request_stop();
                                  },
                              .stop = stop.get_token()};
  TRY(import_files(model, store, options));
  for (size_t i = 1; i < command.names.size(); ++i) {
    TRY(store.copy(model.name, TRY(ModelName::parse(command.names[i]))));
  }
  return {};
}

nlohmann::ordered_json to_json(const FoundFiles& model) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const FoundFile& file : model.files) files.push_back(file.path.string());
  return {{"name", model.name.text()}, {"size", size_of(model)}, {"files", files}};
}

Status import(const ImportCommand& command) {
  const auto store = TRY(open_library());
  const std::vector<FoundFiles> models = TRY(find_models(command, *store));
  nlohmann::ordered_json imported = nlohmann::ordered_json::array(), failed = nlohmann::ordered_json::array();
  Status first_failure;
  for (const FoundFiles& model : models) {
    const Status taken = command.dry_run ? Status() : take_in(model, command, *store);
    if (!taken && taken.error().code == ErrorCode::kCancelled) return taken;
    (taken ? imported : failed).push_back(to_json(model));
    if (!taken) {
      // One that is damaged is no reason to leave the others.
      if (models.size() > 1)
        print_line(fmt::format("note: {}: {}", model.name.text(), taken.error().message));
      if (first_failure) first_failure = taken;
    } else if (!command.json) {
      print_out("{}{}  {}\n", command.dry_run ? "would import " : "imported ",
                visible_line(model.name.text()), size_text(size_of(model)));
    }
  }
  if (command.json) print_json({{"imported", imported}, {"failed", failed}, {"dry_run", command.dry_run}});
  return first_failure;
}

}  // namespace

Command command_import() {
  return {
      "import", "Take models into the store that are on this machine already",
      [](Arguments& arguments) -> std::function<Status()> {
        auto command = std::make_shared<ImportCommand>();
        arguments.option("PATH", command->path, word("PATH"), "a .gguf file, or a folder of a model's files");
        arguments.option("--from", command->from, choice(store_names()), "all that another program has");
        arguments
            .repeatable("--name", command->names, word("NAME"), "what it is called; each further one as well")
            .unless_given("after its file");
        arguments.flag("--copy", command->copy, "copy the files; or else they are linked");
        arguments.flag("--dry-run", command->dry_run, "only say what would be imported");
        arguments.flag("--json", command->json, "print JSON");
        return [command] { return import(*command); };
      }};
}

}  // namespace hearth::cli
