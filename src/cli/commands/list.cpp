#include <algorithm>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/library/library.h"
#include "cli/library/model_details.h"
#include "cli/terminal.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

struct ListOptions {
  std::string word;
  bool json = false;
};

bool is_wanted(const std::string& name, const std::string& word) {
  return small_letters(name).find(small_letters(word)) != std::string::npos;
}

nlohmann::ordered_json to_json(const StoredModel& model) {
  return {{"name", model.name.text()},          {"digest", model.manifest.digest().text()},
          {"size", model.manifest.num_bytes()}, {"modified_at", time_text(model.modified)},
          {"origin", model.manifest.origin},    {"path", model.path.string()}};
}

Status list(const ListOptions& options) {
  const auto store = TRY(open_library());
  std::vector<StoredModel> models = store->list();
  std::erase_if(models,
                [&](const StoredModel& model) { return !is_wanted(model.name.text(), options.word); });
  std::vector<std::string> loose = list_models(process_environment());
  std::erase_if(loose, [&](const std::string& name) { return !is_wanted(name, options.word); });
  if (options.json) {
    nlohmann::ordered_json json = {{"models", nlohmann::ordered_json::array()}, {"files", loose}};
    for (const StoredModel& model : models) json["models"].push_back(to_json(model));
    print_json(json);
    return {};
  }
  size_t width = std::string_view("NAME").size();
  for (const StoredModel& model : models) width = std::max(width, model.name.text().size());
  for (const std::string& name : loose) width = std::max(width, name.size());
  print_out("{:<{}}  {:<12}  {:>9}  {}\n", "NAME", width, "ID", "SIZE", "MODIFIED");
  const int64_t now = std::time(nullptr);
  for (const StoredModel& model : models) {
    print_out("{:<{}}  {:<12}  {:>9}  {}\n", visible_line(model.name.text()), width, short_id(model),
              size_text(model.manifest.num_bytes()), age_text(now - model.modified));
  }
  for (const std::string& name : loose) print_out("{:<{}}  a file\n", visible_line(name), width);
  return {};
}

std::function<Status()> set_up(Arguments& arguments) {
  auto options = std::make_shared<ListOptions>();
  arguments.option("WORD", options->word, text("WORD"), "only models whose names have this")
      .unless_given("all of them");
  arguments.flag("--json", options->json, "print JSON");
  return [options] { return list(*options); };
}

}  // namespace

Command command_list() { return {"list", "Show the models that are here", set_up}; }

}  // namespace hearth::cli
