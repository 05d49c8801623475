#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/content/blob_digest.h"

namespace hearth {

/// One file of a model.
struct Layer {
  std::string media_type;
  BlobDigest digest;
  uint64_t num_bytes = 0;
  std::string name =
      {};  ///< path within the model's folder, as "model-00001-of-00002.safetensors"; empty: none
};

/// The media types that models are made of (Ollama's; the last is ours, for files of a folder).
namespace media_type {
inline constexpr std::string_view kManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kModel = "application/vnd.ollama.image.model";
inline constexpr std::string_view kProjector = "application/vnd.ollama.image.projector";
inline constexpr std::string_view kAdapter = "application/vnd.ollama.image.adapter";
inline constexpr std::string_view kTemplate = "application/vnd.ollama.image.template";
inline constexpr std::string_view kSystem = "application/vnd.ollama.image.system";
inline constexpr std::string_view kParameters = "application/vnd.ollama.image.params";
inline constexpr std::string_view kLicense = "application/vnd.ollama.image.license";
inline constexpr std::string_view kMessages = "application/vnd.ollama.image.messages";
inline constexpr std::string_view kDraft = "application/vnd.ollama.image.draft";
inline constexpr std::string_view kFile = "application/vnd.hearth.file";
}  // namespace media_type

/// What a model is made of: an image manifest (OCI image spec; Docker's schema 2). At most 4 MiB of text.
struct Manifest {
  std::optional<Layer> config = {};
  std::vector<Layer> layers = {};
  std::string origin = {};  ///< annotation: where it came from, with its revision; empty: made here
  std::string text = {};    ///< the bytes that its digest is of

  /// Errors: kCorruptData naming the field; kResourceLimit. Layers' names are relative and stay within the
  /// folder; sizes are no more than 2^53.
  static Result<Manifest> parse(std::string_view text);
  /// Writes `text` from the rest.
  void write();

  /// SHA-256 of `text`. It names every file, so it is the identity of the model.
  BlobDigest digest() const;
  uint64_t num_bytes() const;  ///< of all layers and the config
  const Layer* find(std::string_view media_type) const;
};

inline constexpr size_t kMaxManifestSize = size_t(4) << 20;

}  // namespace hearth
