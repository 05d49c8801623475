#include "cli/library/model_details.h"

#include <algorithm>
#include <array>
#include <map>

#include "formats/open_model_files.h"
#include "quant/dtype.h"

namespace hearth::cli {
namespace {

using Units = std::array<std::string_view, 5>;

/// With the largest unit that leaves one or more.
std::string in_units(double value, const Units& units) {
  size_t unit = 0;
  for (; value >= 999.95 && unit + 1 < units.size(); ++unit) value /= 1000;
  return unit == 0 ? fmt::format("{:.0f}{}", value, units[0]) : fmt::format("{:.1f}{}", value, units[unit]);
}

}  // namespace

Result<ModelDetails> read_model_details(const std::filesystem::path& path, const LogSink& log) {
  const auto files = TRY(open_model_files(path, log));
  ModelDetails details;
  std::error_code error;
  details.format = std::filesystem::is_directory(path, error) ? "safetensors" : "gguf";
  if (const auto architecture = files->architecture()) details.architecture = *architecture;
  std::map<DType, uint64_t> bytes;
  for (const NamedTensor& tensor : files->stored_tensors()) {
    details.num_parameters += tensor.num_parameters;
    bytes[tensor.view.dtype] += tensor.view.data.size();
  }
  const auto most = std::ranges::max_element(bytes, {}, [](const auto& entry) { return entry.second; });
  if (most != bytes.end()) details.quantisation = dtype_info(most->first).name;
  const ConfigKeys config = files->config({}, no_log());
  details.context = config.usable<uint32_t>("max_position_embeddings");
  details.embedding_size = config.usable<uint32_t>("hidden_size");
  details.chat_template = files->chat_templates(no_log()).default_source;
  return details;
}

std::string parameter_text(int64_t num_parameters) {
  return in_units(double(num_parameters), {"", "K", "M", "B", "T"});
}

std::string size_text(uint64_t num_bytes) {
  return in_units(double(num_bytes), {" B", " KB", " MB", " GB", " TB"});
}

std::string age_text(int64_t seconds) {
  constexpr std::array<std::pair<int64_t, std::string_view>, 6> kUnits = {{{31'536'000, "year"},
                                                                           {2'592'000, "month"},
                                                                           {604'800, "week"},
                                                                           {86'400, "day"},
                                                                           {3'600, "hour"},
                                                                           {60, "minute"}}};
  for (const auto& [size, name] : kUnits) {
    if (seconds < size) continue;
    const int64_t count = seconds / size;
    return fmt::format("{} {}{} ago", count, name, count == 1 ? "" : "s");
  }
  return "just now";
}

}  // namespace hearth::cli
