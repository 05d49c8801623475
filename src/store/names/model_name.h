#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth {

/// Who serves a model's files.
enum class ModelSource : uint8_t {
  kRegistry,  ///< an OCI registry: manifests and blobs (Ollama's is one)
  kHub,       ///< Hugging Face's hub: a repository of files at a revision
  kUrl,       ///< one file by its address
};

/// The name of a model that is, or can be, in the store. Every part is checked: letters, digits, "_", "-",
/// "." (not first), of limited length, so that a name is a path within the store. Written
///   qwen3            qwen3:4b            space/model:tag      registry.host:5000/space/model:tag
///   hf.co/user/repo  hf.co/user/repo:Q4_K_M  hf.co/user/repo@revision:Q4_K_M
///   https://huggingface.co/user/repo     hf:user/repo:Q4_K_M  ollama:name:tag
///   https://host/path/file.gguf
/// What has no host is the default registry's, "library" its space, "latest" the tag; a file of the hub by
/// its address is its repository with the file's name as tag. Names are compared without case, and kept as
/// they were written.
struct ModelName {
  ModelSource source = ModelSource::kRegistry;
  std::string host = {};      ///< with its port, if it has one
  std::string space = {};     ///< namespace, or user; of kUrl: empty
  std::string model = {};     ///< or repository; of kUrl: the file
  std::string tag = {};       ///< or quantisation; empty (of the hub alone): the best there is
  std::string revision = {};  ///< of the hub: branch, tag or commit; empty: main
  std::string url = {};       ///< of kUrl: the whole address

  /// Errors: kInvalidArgument naming what is wrong with the name.
  static Result<ModelName> parse(std::string_view text);
  /// The name of the manifest at a path that `manifest_path` gave; `origin` is what the manifest says, which
  /// alone knows a whole address. Error: kInvalidArgument.
  static Result<ModelName> from_path(const std::filesystem::path& path, std::string_view origin);

  /// The shortest text that reads as this name: what lists show.
  std::string text() const;
  /// Host, space, model and tag as folders: where its manifest lies below `manifests/`.
  std::filesystem::path manifest_path() const;

  bool operator==(const ModelName& other) const;
};

inline constexpr std::string_view kDefaultRegistry = "registry.ollama.ai";
inline constexpr std::string_view kDefaultSpace = "library", kDefaultTag = "latest";
inline constexpr std::string_view kHubHost = "hf.co";

/// ASCII letters as small ones: by which names are compared.
std::string small_letters(std::string_view text);

}  // namespace hearth
