#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transfer/hub/hub_files.h"

namespace hearth::transfer {

/// Which files of a repository make the model.
struct FileChoice {
  std::vector<HubFile> weights = {};    ///< a GGUF file, or all parts of one, in order
  std::vector<HubFile> projector = {};  ///< of the weights: none or one
  std::vector<HubFile> folder = {};     ///< instead: the files of a model of safetensors
};

/// `quant`: what stands in the file's name ("Q4_K_M"), or the name itself; empty: Q4_K_M, or what comes next
/// to it in what it takes and gives. Case does not matter. A repository without GGUF files is taken as a
/// folder. Errors: kNotFound naming what there is; kUnsupported for a repository without weights that we
/// read.
Result<FileChoice> choose_files(const std::vector<HubFile>& files, std::string_view quant);

/// The quants of a repository's GGUF files, as they would be named; the first 64 of them.
std::vector<std::string> list_quants(const std::vector<HubFile>& files);

}  // namespace hearth::transfer
