#include "cli/library/library.h"

#include <chrono>

#include <fmt/chrono.h>

#include "base/printable.h"
#include "cli/library/model_details.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

constexpr size_t kShortDigits = 12;
constexpr auto kShownEvery = std::chrono::milliseconds(200);

}  // namespace

Result<std::unique_ptr<ModelStore>> open_library() {
  return open_user_store(process_environment(), stderr_log(false));
}

void print_json(const nlohmann::ordered_json& json) {
  print_out("{}\n", json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

std::string short_id(const StoredModel& model) {
  return model.manifest.digest().hex().substr(0, kShortDigits);
}

std::string time_text(int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time_t(seconds)));
}

void FileProgress::show(const std::filesystem::path& file, uint64_t num_bytes) {
  const auto now = std::chrono::steady_clock::now();
  if (!is_terminal(stderr) || now - shown_ < kShownEvery) return;
  shown_ = now;
  is_shown_ = true;
  show_progress(fmt::format("{}: {}", visible_line(file.filename().string()), size_text(num_bytes)));
}

FileProgress::~FileProgress() {
  if (is_shown_) show_progress("");
}

}  // namespace hearth::cli
