#pragma once

#include "server/models/found_model.h"
#include "store/model_path.h"

namespace hearth::server {

/// The .gguf files in the model folders, by path within their folder, with or without the suffix.
class LooseModels final : public ModelFinder {
 public:
  explicit LooseModels(Environment environment) : environment_(std::move(environment)) {}

  std::vector<FoundModel> list() const override;
  Result<FoundModel> find(std::string_view name) const override;

 private:
  Environment environment_;
};

/// A file or folder as a model; its name is that of the file.
FoundModel found_at(const std::filesystem::path& path);

}  // namespace hearth::server
