#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "formats/gguf/gguf.h"
#include "formats/huggingface/huggingface_model_files.h"
#include "quant/dtype.h"
#include "store/find_model.h"

namespace hearth::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kShownElements = 6;  // of an array
constexpr size_t kShownBytes = 200;   // of a value of config.json

struct TypeTotals {
  size_t num_tensors = 0;
  int64_t num_parameters = 0;
  uint64_t bytes = 0;
};

struct Totals {
  std::map<std::string, TypeTotals> by_type;
  TypeTotals all;                ///< of tensors whose size is known
  size_t num_unknown_sizes = 0;  ///< tensors of types that GGUF does not define
  int64_t num_parameters = 0;    ///< of all tensors

  double bits_per_weight() const {
    return all.num_parameters == 0 ? 0.0 : 8.0 * double(all.bytes) / double(all.num_parameters);
  }
};

void add(TypeTotals& totals, int64_t num_parameters, uint64_t bytes) {
  totals.num_tensors += 1;
  totals.num_parameters += num_parameters;
  totals.bytes += bytes;
}

Totals count(const GgufFile& file) {
  Totals totals;
  for (const GgufTensor& tensor : file.tensors()) {
    // Sizes that are known fit the file; of the others only the sum of their values could be too large.
    if (__builtin_add_overflow(totals.num_parameters, tensor.shape.size(), &totals.num_parameters)) {
      totals.num_parameters = INT64_MAX;
    }
    if (!tensor.bytes) {
      totals.num_unknown_sizes += 1;
      continue;
    }
    add(totals.by_type[tensor.type_name()], tensor.shape.size(), *tensor.bytes);
    add(totals.all, tensor.shape.size(), *tensor.bytes);
  }
  return totals;
}

Totals count(const HuggingFaceModelFiles& files) {
  Totals totals;
  for (const NamedTensor& tensor : files.stored_tensors()) {
    const int64_t count = tensor.num_parameters;
    add(totals.by_type[std::string(dtype_info(tensor.view.dtype).name)], count, tensor.view.data.size());
    add(totals.all, count, tensor.view.data.size());
  }
  totals.num_parameters = totals.all.num_parameters;
  return totals;
}

std::string with_unit(double value, const char* const (&units)[5]) {
  int unit = 0;
  for (; value >= 1000.0 && unit < 4; ++unit) value /= 1000.0;
  return unit == 0 ? fmt::format("{:.0f}{}", value, units[0]) : fmt::format("{:.1f}{}", value, units[unit]);
}

std::string byte_text(uint64_t bytes) { return with_unit(double(bytes), {" B", " kB", " MB", " GB", " TB"}); }

std::string count_text(int64_t number) { return with_unit(double(number), {"", " k", " M", " B", " T"}); }

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.rank(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  return text + "]";
}

/// Calls fn with a scalar as a bool, an integer, a double or a text.
template <typename Value, typename Fn>
void visit_scalar(const Value& value, Fn&& fn) {
  if (const auto flag = value.template as<bool>()) {
    fn(*flag);
  } else if (const auto integer = value.template as<int64_t>()) {
    fn(*integer);
  } else if (const auto large = value.template as<uint64_t>()) {
    fn(*large);
  } else if (const auto number = value.template as<double>()) {
    fn(*number);
  } else if (const auto text = value.template as<std::string_view>()) {
    fn(*text);
  }
}

struct ScalarText {
  std::string& out;

  void operator()(std::string_view text) const { out += quoted(text, 60); }
  void operator()(double number) const { out += fmt::format("{:g}", number); }
  void operator()(auto value) const { out += fmt::format("{}", value); }
};

/// Calls fn(scalar) for the first elements of an array.
template <typename Fn>
void for_first_elements(const MetadataArray& array, Fn&& fn) {
  size_t shown = 0;
  for (const std::string_view text : array.strings()) {
    if (shown++ == kShownElements) return;
    fn(MetadataScalar(MetadataType::kString, as_bytes(text)));
  }
  if (array.element_type() == MetadataType::kString) return;
  for (size_t i = 0; i < std::min(array.size(), kShownElements); ++i) fn(array[i]);
}

std::string value_text(const MetadataValue& value) {
  std::string text;
  const auto array = value.as<MetadataArray>();
  if (!array) {
    visit_scalar(value, ScalarText{text});
    return text;
  }
  for_first_elements(*array, [&](const MetadataScalar& element) {
    if (!text.empty()) text += ", ";
    visit_scalar(element, ScalarText{text});
  });
  return fmt::format("[{}{}]", text, array->size() > kShownElements ? ", ..." : "");
}

std::string type_text(const MetadataValue& value) {
  const auto array = value.as<MetadataArray>();
  if (!array) return std::string(to_string(value.type()));
  return fmt::format("{}[{}]", to_string(array->element_type()), array->size());
}

std::string totals_text(const Totals& totals) {
  std::string text =
      fmt::format("parameters   {} ({})\n", count_text(totals.num_parameters), totals.num_parameters);
  text += fmt::format("tensor data  {}\n", byte_text(totals.all.bytes));
  if (totals.all.num_parameters > 0) text += fmt::format("bits/weight  {:.2f}\n", totals.bits_per_weight());
  for (const auto& [type, sum] : totals.by_type) {
    text +=
        fmt::format("{:<12} {} tensor{}, {} parameters, {}\n", type, sum.num_tensors,
                    sum.num_tensors == 1 ? "" : "s", count_text(sum.num_parameters), byte_text(sum.bytes));
  }
  if (totals.num_unknown_sizes > 0) {
    text += fmt::format("unknown      {} of a type that GGUF does not define, not in the sums of bytes\n",
                        totals.num_unknown_sizes);
  }
  return text;
}

std::string summary_text(const GgufFile& file, const Totals& totals) {
  std::string text =
      fmt::format("file         {}\nformat       GGUF version {}, alignment {}\nsize         {} ({} bytes)\n",
                  quoted(file.path().string(), 4096), file.version(), file.alignment(),
                  byte_text(file.file_bytes()), file.file_bytes());
  const auto part = file.find("split.no"), parts = file.find("split.count");
  if (part != nullptr && parts != nullptr && parts->as<int64_t>().value_or(1) > 1) {
    text += fmt::format("part         {} of {}\n", part->as<int32_t>().value_or(0) + int64_t(1),
                        value_text(*parts));
  }
  return text + totals_text(totals);
}

std::string as_listing(const GgufFile& file, const Totals& totals) {
  std::string text = summary_text(file, totals);
  text += fmt::format("\nmetadata ({})\n", file.metadata().size());
  for (const GgufMetadata& entry : file.metadata()) {
    const std::string key = quoted(entry.key);
    text += fmt::format("  {:<44} {:<15} {}\n", std::string_view(key).substr(1, key.size() - 2),
                        type_text(entry.value), value_text(entry.value));
  }
  text += fmt::format("\ntensors ({})\n", file.tensors().size());
  for (const GgufTensor& tensor : file.tensors()) {
    const std::string name = quoted(tensor.name);
    text += fmt::format("  {:<36} {:<8} {:<20} {}\n", std::string_view(name).substr(1, name.size() - 2),
                        tensor.type_name(), shape_text(tensor.shape),
                        tensor.bytes ? byte_text(*tensor.bytes) : "unknown size");
  }
  return text;
}

Json scalar_json(const auto& value) {
  Json json;
  visit_scalar(value, [&](auto scalar) { json = scalar; });
  return json;
}

Json value_json(const MetadataValue& value) {
  const auto array = value.as<MetadataArray>();
  if (!array) return {{"type", to_string(value.type())}, {"value", scalar_json(value)}};
  Json first = Json::array();
  for_first_elements(*array, [&](const MetadataScalar& element) { first.push_back(scalar_json(element)); });
  return {{"type", "array"},
          {"element_type", to_string(array->element_type())},
          {"length", array->size()},
          {"first", std::move(first)}};
}

Json tensor_json(const GgufTensor& tensor) {
  Json shape = Json::array();
  for (size_t i = 0; i < tensor.shape.rank(); ++i) shape.push_back(tensor.shape[i]);
  return {{"name", tensor.name},       {"type", tensor.type_name()},
          {"type_id", tensor.type_id}, {"shape", std::move(shape)},
          {"offset", tensor.offset},   {"bytes", tensor.bytes ? Json(*tensor.bytes) : Json()}};
}

Json totals_json(const Totals& totals) {
  Json types = Json::object();
  for (const auto& [type, sum] : totals.by_type) {
    types[type] = {{"tensors", sum.num_tensors}, {"parameters", sum.num_parameters}, {"bytes", sum.bytes}};
  }
  return types;
}

/// Files are not bound to UTF-8: what is not becomes U+FFFD. As ASCII, so that a terminal obeys none of it.
std::string dump(const Json& json) { return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n"; }

std::string as_json(const GgufFile& file, const Totals& totals) {
  Json json = {{"path", file.path().string()},
               {"format", "gguf"},
               {"version", file.version()},
               {"alignment", file.alignment()},
               {"file_bytes", file.file_bytes()},
               {"data_offset", file.data_offset()},
               {"parameters", totals.num_parameters},
               {"tensor_bytes", totals.all.bytes},
               {"bits_per_weight", totals.bits_per_weight()}};
  json["types"] = totals_json(totals);
  // Keys are known to be unique: appending spares the linear search that operator[] makes.
  auto& metadata = (json["metadata"] = Json::object()).get_ref<Json::object_t&>();
  for (const GgufMetadata& entry : file.metadata()) {
    metadata.emplace_back(std::string(entry.key), value_json(entry.value));
  }
  Json& tensors = json["tensors"] = Json::array();
  for (const GgufTensor& tensor : file.tensors()) tensors.push_back(tensor_json(tensor));
  return dump(json);
}

Result<std::string> as_listing(const HuggingFaceModelFiles& files, const Totals& totals) {
  std::string text = fmt::format("folder       {}\nformat       safetensors, as Hugging Face has it\n",
                                 quoted(files.folder().string(), 4096));
  text += fmt::format("model        {}\n", TRY(files.architecture()));
  for (const MappedFile* file : files.files()) {
    text += fmt::format("file         {} ({})\n", quoted(file->path().filename().string(), 4096),
                        byte_text(file->bytes().size()));
  }
  text += totals_text(totals);
  text += fmt::format("\nconfig.json ({})\n", files.config_json().size());
  for (const auto& [key, value] : files.config_json().items()) {
    const std::string name = hearth::quoted(key);
    std::string shown = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (shown.size() > kShownBytes) shown.replace(kShownBytes, std::string::npos, "...");
    text += fmt::format("  {:<44} {}\n", std::string_view(name).substr(1, name.size() - 2), shown);
  }
  text += fmt::format("\ntensors ({})\n", files.stored_tensors().size());
  for (const NamedTensor& tensor : files.stored_tensors()) {
    const std::string name = quoted(tensor.name, 200);
    text += fmt::format("  {:<56} {:<8} {:<20} {}\n", std::string_view(name).substr(1, name.size() - 2),
                        dtype_info(tensor.view.dtype).name, shape_text(tensor.view.shape),
                        byte_text(tensor.view.data.size()));
  }
  return text;
}

Result<std::string> as_json(const HuggingFaceModelFiles& files, const Totals& totals) {
  Json json = {{"path", files.folder().string()},           {"format", "safetensors"},
               {"architecture", TRY(files.architecture())}, {"parameters", totals.num_parameters},
               {"tensor_bytes", totals.all.bytes},          {"bits_per_weight", totals.bits_per_weight()}};
  json["types"] = totals_json(totals);
  json["eos_token_ids"] = TRY(files.eos_token_ids());
  json["config"] = files.config_json();
  Json& tensors = json["tensors"] = Json::array();
  for (const NamedTensor& tensor : files.stored_tensors()) {
    Json shape = Json::array();
    for (size_t i = 0; i < tensor.view.shape.rank(); ++i) shape.push_back(tensor.view.shape[i]);
    tensors.push_back({{"name", tensor.name},
                       {"type", dtype_info(tensor.view.dtype).name},
                       {"shape", std::move(shape)},
                       {"file", tensor.view.file->path().filename().string()},
                       {"bytes", tensor.view.data.size()}});
  }
  return dump(json);
}

struct InspectOptions {
  std::string model;
  bool json = false;
};

Status inspect_folder(const std::filesystem::path& folder, bool json) {
  const auto files = TRY(HuggingFaceModelFiles::open(folder));
  const Totals totals = count(*files);
  return print_exact(visible(json ? TRY(as_json(*files, totals)) : TRY(as_listing(*files, totals))));
}

Status inspect(const InspectOptions& options) {
  const std::filesystem::path path = TRY(find_model(options.model, stderr_log(false))).path;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return inspect_folder(path, options.json);
  const GgufFile file = TRY(GgufFile::open(path));
  const Totals totals = count(file);
  const std::string text = options.json ? as_json(file, totals) : as_listing(file, totals);
  return print_exact(visible(text));
}

}  // namespace

Command command_inspect() {
  return {"inspect", "Show what a model file or folder holds: metadata, tensors, sizes, types",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<InspectOptions>();
            add_model(arguments, "MODEL,-m,--model", options->model).required();
            arguments.flag("--json", options->json, "print JSON");
            return [options] { return inspect(*options); };
          }};
}

}  // namespace hearth::cli
