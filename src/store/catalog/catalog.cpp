#include "store/catalog/catalog.h"

#include <algorithm>

namespace hearth {
namespace {

// Each was read from the listing of the repository's files that `source` names.
constexpr CatalogEntry kEntries[] = {
    {kDefaultModel, "", "HuggingFaceTB/SmolLM2-135M-Instruct", "135M", "apache-2.0",
     "general.* of the file itself"},
    {"smollm2:135m-instruct-q4_k_m", "mradermacher/SmolLM2-135M-Instruct-GGUF:Q4_K_M",
     "HuggingFaceTB/SmolLM2-135M-Instruct", "135M", "apache-2.0",
     "https://huggingface.co/mradermacher/SmolLM2-135M-Instruct-GGUF/tree/main"},
    {"qwen2.5:0.5b-instruct-q4_k_m", "bartowski/Qwen2.5-0.5B-Instruct-GGUF:Q4_K_M",
     "Qwen/Qwen2.5-0.5B-Instruct", "0.5B", "apache-2.0",
     "https://huggingface.co/bartowski/Qwen2.5-0.5B-Instruct-GGUF/tree/"
     "daff4be8564f026d6078012b05b434a720726554"},
    {"llama3.2:1b-instruct-q4_k_m", "bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M",
     "meta-llama/Llama-3.2-1B-Instruct", "1B", "llama3.2",
     "https://huggingface.co/bartowski/Llama-3.2-1B-Instruct-GGUF/tree/"
     "b4cf2256d234c449e88647273f13842a0da80483"},
    {"gemma3:4b-it-q4_k_m", "ggml-org/gemma-3-4b-it-GGUF:Q4_K_M", "google/gemma-3-4b-it", "4B", "gemma",
     "https://huggingface.co/ggml-org/gemma-3-4b-it-GGUF/tree/main"},
    {"gpt-oss:20b-q4_k_m", "unsloth/gpt-oss-20b-GGUF:Q4_K_M", "openai/gpt-oss-20b", "21B", "apache-2.0",
     "https://huggingface.co/unsloth/gpt-oss-20b-GGUF/tree/main"},
};

}  // namespace

std::span<const CatalogEntry> catalog() { return kEntries; }

const CatalogEntry* find_in_catalog(const ModelName& name) {
  const std::string text = small_letters(name.text());
  const auto* found = std::ranges::find(kEntries, std::string_view(text), &CatalogEntry::name);
  return found == std::ranges::end(kEntries) ? nullptr : found;
}

ModelName fetched_name(const ModelName& name) {
  const CatalogEntry* entry = find_in_catalog(name);
  if (entry == nullptr || entry->repository.empty()) return name;
  const auto repository = ModelName::parse(fmt::format("{}/{}", kHubHost, entry->repository));
  return repository ? *repository : name;
}

}  // namespace hearth
