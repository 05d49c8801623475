#include "formats/huggingface/folder_contents.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/printable.h"
#include "formats/model/foreign_file.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr size_t kMostNames = 4096;

/// Names of the files in it, sorted.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator() && names.size() < kMostNames; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

/// What a folder may hold in a model's place, the likeliest first.
struct Content {
  std::string_view begins, ends;
  ErrorCode code;
  const char* is;
  const char* remedy;
};

constexpr Content kContents[] = {
    {"", ".gguf", ErrorCode::kInvalidArgument, "GGUF files", "name the file itself"},
    {"consolidated", ".safetensors", ErrorCode::kUnsupported, "weights under Mistral's own names",
     "download the files that transformers reads: config.json, model*.safetensors and their index"},
    {"adapter_model", "", ErrorCode::kUnsupported, "an adapter without the model that it belongs to",
     "name a folder or file that the adapter was merged into (peft: merge_and_unload, save_pretrained)"},
    {"", ".safetensors", ErrorCode::kInvalidArgument, "weights under other names",
     "download config.json, and model.safetensors or model.safetensors.index.json with its shards, from one "
     "place"},
    {"", ".bin", ErrorCode::kUnsupported, "weights as a pickle", kPickleRemedy},
    {"", ".bin.index.json", ErrorCode::kUnsupported, "weights as a pickle", kPickleRemedy},
    {"", ".pth", ErrorCode::kUnsupported, "weights as a pickle", kPickleRemedy},
    {"", ".pt", ErrorCode::kUnsupported, "weights as a pickle", kPickleRemedy},
    {"", ".onnx", ErrorCode::kUnsupported, "an ONNX file",
     "take the model's safetensors files or a GGUF file of it"},
    {"", ".h5", ErrorCode::kUnsupported, "weights of Keras",
     "take the model's safetensors files or a GGUF file of it"},
    {"", ".msgpack", ErrorCode::kUnsupported, "weights of Flax",
     "take the model's safetensors files or a GGUF file of it"},
};

/// A pickle beside the weights, which is none of them.
bool is_no_weight(std::string_view name) {
  return name == "training_args.bin" || name.starts_with("optimizer") || name.starts_with("scheduler");
}

}  // namespace

std::unexpected<Error> no_model_in_folder(const fs::path& folder, std::string_view missing) {
  const std::vector<std::string> names = names_in(folder);
  for (const Content& content : kContents) {
    const auto found = std::ranges::find_if(names, [&](std::string_view name) {
      return name.starts_with(content.begins) && name.ends_with(content.ends) && !is_no_weight(name);
    });
    if (found == names.end()) continue;
    return fail_hint(content.code, content.remedy, "{} has no {}: it holds {} ({})", folder.string(), missing,
                     content.is, hearth::quoted(*found));
  }
  if (std::ranges::find(names, "config.json") != names.end()) {
    return fail_hint(ErrorCode::kNotFound, "download the weights into the folder, beside config.json",
                     "{} has no {}", folder.string(), missing);
  }
  return fail_hint(ErrorCode::kInvalidArgument,
                   "name a GGUF file, or a folder as Hugging Face has it: config.json and safetensors",
                   "{} is a folder without {}", folder.string(), missing);
}

}  // namespace hearth
