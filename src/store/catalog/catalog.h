#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "store/names/model_name.h"

namespace hearth {

/// A well-known model under a short name that says which one it is: its size, its training and its
/// quantisation. What a pull finds out (revision, size, digest) does not stand here.
struct CatalogEntry {
  std::string_view name;        ///< "llama3.2:1b-instruct-q4_k_m"
  std::string_view repository;  ///< publisher/repo:quant of the hub; empty: it is not fetched by name
  std::string_view base_model;  ///< of which it is a quantisation
  std::string_view parameters;  ///< "1B"
  std::string_view license;     ///< as the repository states it
  std::string_view source;      ///< where the above was read
};

std::span<const CatalogEntry> catalog();

/// The entry of a name. Names without a tag are none: an entry is no model among several.
const CatalogEntry* find_in_catalog(const ModelName& name);
/// Where a model is fetched from: the repository of a name of the catalogue; any other name is itself.
ModelName fetched_name(const ModelName& name);

/// The model that runs where none is named: the file that `./dev run` fetches, by these names.
inline constexpr std::string_view kDefaultModel = "smollm2:135m-instruct-q4_1",
                                  kDefaultModelAlias = "smollm2";
inline constexpr std::string_view kDefaultModelFile = "SmolLM2-135M-Instruct.Q4_1.gguf";

}  // namespace hearth
