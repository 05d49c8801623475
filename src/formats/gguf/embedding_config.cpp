#include "formats/gguf/embedding_config.h"

#include <string>

#include "formats/gguf/metadata_keys.h"

namespace hearth {
namespace {

constexpr const char* kPooling = "pooling_type";
constexpr const char* kLabels = "classifier.output_labels";
constexpr size_t kMaxLabels = 4096;
constexpr size_t kMaxLabelBytes = 1024;

Result<std::vector<std::string>> read_labels(const GgufFile& file, const std::string& key) {
  std::vector<std::string> labels;
  const auto array = TRY(file.get_optional<MetadataArray>(key));
  if (!array || array->size() == 0) return labels;
  if (array->element_type() != MetadataType::kString) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "metadata \"{}\" is an array of {}, not of string", key,
                     to_string(array->element_type()));
  }
  if (array->size() > kMaxLabels) {
    return fail_hint(ErrorCode::kResourceLimit, "check where the file comes from",
                     "metadata \"{}\" has {} elements, above the limit of {}", key, array->size(),
                     kMaxLabels);
  }
  for (const std::string_view label : array->strings()) {
    if (label.size() > kMaxLabelBytes) {
      return fail_hint(ErrorCode::kResourceLimit, "check where the file comes from",
                       "metadata \"{}\" has a label of {} bytes, above the limit of {}", key, label.size(),
                       kMaxLabelBytes);
    }
    labels.emplace_back(label);
  }
  return labels;
}

}  // namespace

Result<EmbeddingConfig> read_gguf_embedding_config(const GgufFile& file, std::string_view architecture,
                                                   const LogSink& log) {
  const MetadataKeys keys(file, architecture, log);
  EmbeddingConfig config;
  if (keys.find(kPooling)) {
    constexpr int kLast = int(Pooling::kRank);
    config.pooling = Pooling(TRY(keys.integer(kPooling, {0, kLast})));
  }
  config.labels = TRY(read_labels(file, keys.full(kLabels)));
  return config;
}

}  // namespace hearth
