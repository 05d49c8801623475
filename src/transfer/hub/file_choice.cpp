#include "transfer/hub/file_choice.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/printable.h"

namespace hearth::transfer {
namespace {

/// From what most want to what is merely there.
constexpr std::string_view kPreferred[] = {
    "q4_k_m", "q4_k_s", "q4_k",   "q4_k_xl", "q4_k_l", "iq4_xs", "iq4_nl", "q4_0",
    "q4_1",   "mxfp4",  "q5_k_m", "q5_k_s",  "q5_k",   "q5_0",   "q5_1",   "q3_k_l",
    "q3_k_m", "iq3_m",  "q6_k",   "q3_k_s",  "q8_0",   "iq3_s",  "iq3_xs", "iq3_xxs",
    "iq2_m",  "q2_k",   "iq2_s",  "iq2_xs",  "bf16",   "f16",    "fp16",   "f32"};
constexpr std::string_view kGguf = ".gguf";
constexpr size_t kPartDigits = 5;
constexpr size_t kMaxNamed = 12, kMaxQuants = 64;

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return out;
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Files that are one: the parts of a split one, or a single one.
struct Group {
  std::string stem;  ///< in lower case, with its folder
  size_t num_parts = 1;
  std::vector<HubFile> parts;
  bool is_whole() const { return parts.size() == num_parts; }
};

struct PartName {
  std::string stem;
  size_t index = 1, count = 1;
};

/// "x-00001-of-00003" as what it is a part of.
PartName part_name(const std::string& stem) {
  constexpr std::string_view kOf = "-of-";
  const size_t tail = 1 + 2 * kPartDigits + kOf.size();
  if (stem.size() <= tail) return {stem};
  const std::string end = stem.substr(stem.size() - tail);
  const auto is_number = [](std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  };
  const std::string index = end.substr(1, kPartDigits), count = end.substr(end.size() - kPartDigits);
  if (end[0] != '-' || end.substr(1 + kPartDigits, kOf.size()) != kOf || !is_number(index) ||
      !is_number(count)) {
    return {stem};
  }
  return {stem.substr(0, stem.size() - tail), std::stoul(index), std::stoul(count)};
}

std::vector<Group> group_files(const std::vector<HubFile>& files, bool projectors) {
  std::map<std::pair<std::string, size_t>, std::map<size_t, HubFile>> parts;
  for (const HubFile& file : files) {
    const std::string path = lower(file.path);
    if (!path.ends_with(kGguf) || std::string_view(path).contains("mmproj") != projectors) continue;
    const PartName name = part_name(path.substr(0, path.size() - kGguf.size()));
    parts[{name.stem, name.count}][name.index] = file;
  }
  std::vector<Group> groups;
  for (auto& [key, files_by_index] : parts) {
    Group group{.stem = key.first, .num_parts = key.second, .parts = {}};
    for (auto& [index, file] : files_by_index) group.parts.push_back(std::move(file));
    groups.push_back(std::move(group));
  }
  // Nearer to the root first, then shorter, then by name.
  std::ranges::sort(groups, [](const Group& a, const Group& b) {
    const auto rank = [](const Group& group) {
      return std::tuple(std::ranges::count(group.stem, '/'), group.stem.size(), std::string_view(group.stem));
    };
    return rank(a) < rank(b);
  });
  return groups;
}

bool is_border(std::string_view text, size_t at) {
  return at == std::string_view::npos || at >= text.size() || std::string_view("-._/").contains(text[at]);
}

/// How well a group goes by a name: 0 not at all, 3 by the whole of it.
int match(const Group& group, std::string_view quant) {
  const std::string_view stem = group.stem, name = file_name(stem);
  if (name == quant || stem == quant || std::string(name) + std::string(kGguf) == quant) return 3;
  if (stem.ends_with(quant) && is_border(stem, stem.size() - quant.size() - 1)) return 2;
  for (size_t at = stem.find(quant); at != std::string_view::npos; at = stem.find(quant, at + 1)) {
    const bool begins = at == 0 || (is_border(stem, at - 1) && stem[at - 1] != '_');
    if (begins && is_border(stem, at + quant.size()) && stem.substr(at + quant.size(), 1) != "_") return 1;
  }
  return 0;
}

const Group* best_match(const std::vector<Group>& groups, std::string_view quant) {
  const Group* best = nullptr;
  int best_match = 0;
  for (const Group& group : groups) {
    if (const int found = match(group, quant); found > best_match) {
      best = &group;
      best_match = found;
    }
  }
  return best;
}

/// The projector that goes with some weights: the nearest folder, then 16 bits before others.
std::vector<HubFile> projector_of(const std::vector<HubFile>& files, const Group& weights) {
  const std::string folder = weights.stem.substr(0, weights.stem.rfind('/') + 1);
  std::vector<Group> groups = group_files(files, true);
  std::erase_if(groups, [&](const Group& group) {
    const std::string own = group.stem.substr(0, group.stem.rfind('/') + 1);
    return !group.is_whole() || group.parts.size() != 1 || !folder.starts_with(own);
  });
  if (groups.empty()) return {};
  const auto rank = [&](const Group& group) {
    const int depth = int(std::ranges::count(group.stem, '/'));
    const bool is_half = match(group, "f16") > 0 || group.stem.ends_with("f16");
    return std::tuple(-depth, is_half && !group.stem.ends_with("bf16") ? 0 : 1, group.stem);
  };
  return std::ranges::min(groups, {}, rank).parts;
}

bool is_weight_of_folder(std::string_view name, const std::set<std::string>& names) {
  if (!name.ends_with(".safetensors")) return false;
  // Other forms of the same weights.
  if (name.starts_with("consolidated"))
    return !names.contains("model.safetensors.index.json") && !names.contains("model.safetensors");
  return name == "model.safetensors" || part_name(std::string(name.substr(0, name.rfind('.')))).count > 1 ||
         !names.contains("model.safetensors");
}

bool is_text_of_folder(std::string_view name) {
  for (const std::string_view end : {".json", ".jinja", ".model", ".tiktoken"}) {
    if (name.ends_with(end)) return true;
  }
  return name == "merges.txt" || name == "vocab.txt" || name == "sentencepiece.bpe.model" ||
         name == "license" || name == "license.txt" || name == "license.md";
}

/// What a model of safetensors is read from: no weights in other forms, no other programs' files.
FileChoice choose_folder(const std::vector<HubFile>& files) {
  constexpr std::string_view kOthers[] = {"onnx", "openvino", "original", "coreml",
                                          "runs", "tf",       "flax",     "gguf"};
  std::set<std::string> names;
  for (const HubFile& file : files) names.insert(file.path);
  FileChoice choice;
  for (const HubFile& file : files) {
    const std::string name = lower(file_name(file.path));
    const std::string top = lower(file.path.substr(0, file.path.find('/')));
    const bool in_folder = file.path.contains('/');
    if (name.starts_with('.') || top.starts_with('.')) continue;
    if (in_folder && std::ranges::find(kOthers, top) != std::end(kOthers)) continue;
    if (std::ranges::count(file.path, '/') > 1) continue;
    const bool is_weight = in_folder ? name.ends_with(".safetensors") : is_weight_of_folder(name, names);
    if (is_weight || is_text_of_folder(name)) choice.folder.push_back(file);
  }
  return choice;
}

Error unknown_quant(const std::vector<HubFile>& files, std::string_view quant) {
  std::string all;
  const std::vector<std::string> quants = list_quants(files);
  for (size_t i = 0; i < std::min(quants.size(), kMaxNamed); ++i)
    all += (all.empty() ? "" : ", ") + quants[i];
  if (quants.size() > kMaxNamed) all += ", ...";
  return {ErrorCode::kNotFound, fmt::format("the repository has no GGUF file {}", hearth::quoted(quant)),
          "there is: " + all};
}

}  // namespace

std::vector<std::string> list_quants(const std::vector<HubFile>& files) {
  std::vector<std::string> quants;
  for (const Group& group : group_files(files, false)) {
    std::string name(file_name(group.stem));
    for (const std::string_view known : kPreferred) {
      if (match(group, known) == 0) continue;
      name.clear();
      for (const char c : known) name += c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
      break;
    }
    if (std::ranges::find(quants, name) == quants.end()) quants.push_back(std::move(name));
    if (quants.size() == kMaxQuants) break;
  }
  return quants;
}

Result<FileChoice> choose_files(const std::vector<HubFile>& files, std::string_view quant) {
  std::vector<Group> groups = group_files(files, false);
  if (groups.empty()) {
    FileChoice choice = choose_folder(files);
    const bool has_weights = std::ranges::any_of(
        choice.folder, [](const HubFile& file) { return lower(file.path).ends_with(".safetensors"); });
    if (!has_weights) {
      return fail(ErrorCode::kUnsupported, "the repository has neither GGUF nor safetensors files");
    }
    if (quant.empty() || quant == "latest") return choice;
    return fail_hint(ErrorCode::kNotFound, "name it without a quant",
                     "the repository has safetensors, and no GGUF file {}", hearth::quoted(quant));
  }
  const Group* chosen = nullptr;
  if (quant.empty() || quant == "latest") {
    for (const std::string_view wanted : kPreferred) {
      chosen = best_match(groups, wanted);
      if (chosen != nullptr && chosen->is_whole()) break;
    }
    if (chosen == nullptr) chosen = &groups.front();
  } else {
    chosen = best_match(groups, lower(quant));
  }
  if (chosen == nullptr) return std::unexpected(unknown_quant(files, quant));
  if (!chosen->is_whole()) {
    return fail(ErrorCode::kCorruptData, "of {} parts of {} the repository has {}", chosen->num_parts,
                hearth::quoted(chosen->stem), chosen->parts.size());
  }
  return FileChoice{.weights = chosen->parts, .projector = projector_of(files, *chosen)};
}

}  // namespace hearth::transfer
