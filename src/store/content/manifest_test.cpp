#include "store/content/manifest.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/hex.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

BlobDigest digest_of(std::string_view text) { return BlobDigest(sha256(std::as_bytes(std::span(text)))); }

/// As Ollama's registry sends them, but for the digests.
Json ollama_manifest() {
  const auto layer = [](std::string_view type, uint64_t size) {
    return Json{{"mediaType", type}, {"digest", digest_of(type).text()}, {"size", size}};
  };
  return {{"schemaVersion", 2},
          {"mediaType", media_type::kManifest},
          {"config", layer(media_type::kConfig, 486)},
          {"layers",
           {layer(media_type::kModel, 4920734272), layer(media_type::kTemplate, 1429),
            layer(media_type::kLicense, 12), layer(media_type::kParameters, 96)}}};
}

TEST(Manifest, OneOfOllamasIsRead) {
  const std::string text = ollama_manifest().dump();
  const Manifest manifest = *Manifest::parse(text);
  ASSERT_EQ(manifest.layers.size(), 4u);
  EXPECT_EQ(manifest.config->num_bytes, 486u);
  EXPECT_EQ(manifest.find(media_type::kModel)->num_bytes, 4920734272u);
  EXPECT_EQ(manifest.find(media_type::kModel)->digest, digest_of(media_type::kModel));
  EXPECT_EQ(manifest.find(media_type::kSystem), nullptr);
  EXPECT_EQ(manifest.num_bytes(), 4920734272u + 486 + 1429 + 12 + 96);
  EXPECT_EQ(manifest.text, text);
  EXPECT_EQ(manifest.digest(), digest_of(text));
}

TEST(Manifest, WhatIsWrittenIsReadTheSame) {
  Manifest manifest;
  manifest.config = Layer{std::string(media_type::kConfig), digest_of("c"), 7};
  manifest.layers.push_back({std::string(media_type::kFile), digest_of("a"), 1, "config.json"});
  manifest.layers.push_back({std::string(media_type::kFile), digest_of("b"), 0, "1_Pooling/config.json"});
  manifest.origin = "hf.co/user/repo@0123abc";
  manifest.write();
  Manifest again = *Manifest::parse(manifest.text);
  EXPECT_EQ(again.origin, manifest.origin);
  EXPECT_EQ(again.layers[1].name, "1_Pooling/config.json");
  EXPECT_EQ(again.config->digest, digest_of("c"));
  const std::string text = again.text;
  again.write();
  EXPECT_EQ(again.text, text);
  EXPECT_EQ(again.digest(), manifest.digest());
}

TEST(Manifest, AnErrorNamesTheField) {
  const auto error_of = [](const Json& json) {
    const auto manifest = Manifest::parse(json.dump());
    return manifest ? std::string("taken") : manifest.error().message;
  };
  const Json good = ollama_manifest();
  EXPECT_EQ(error_of(good), "taken");
  Json bad = good;
  bad["layers"][2]["digest"] = "sha256:../../../etc/passwd";
  EXPECT_EQ(error_of(bad).substr(0, 30), "layers[2].digest of the manife");
  bad = good;
  bad["layers"][1]["size"] = -1;
  EXPECT_EQ(error_of(bad), "layers[1].size of the manifest is of the wrong type");
  bad["layers"][1]["size"] = 1.5;
  EXPECT_EQ(error_of(bad), "layers[1].size of the manifest is of the wrong type");
  bad["layers"][1]["size"] = (uint64_t(1) << 53) + 1;
  EXPECT_EQ(error_of(bad), "layers[1].size of the manifest is beyond 2^53");
  bad = good;
  bad["layers"][0].erase("mediaType");
  EXPECT_EQ(error_of(bad), "the manifest has no layers[0].mediaType");
  bad = good;
  bad.erase("layers");
  EXPECT_EQ(error_of(bad), "the manifest has no layers");
  bad = good;
  bad["config"]["digest"] = 5;
  EXPECT_EQ(error_of(bad), "config.digest of the manifest is of the wrong type");
  bad = good;
  bad["layers"][0]["annotations"] = {{"org.opencontainers.image.title", "../model.gguf"}};
  EXPECT_NE(error_of(bad).find("../model.gguf"), std::string::npos);
  bad = good;
  bad["annotations"] = "none";
  EXPECT_EQ(error_of(bad), "annotations of the manifest is of the wrong type");
}

TEST(Manifest, KindsThatAreNoneAreRefused) {
  EXPECT_EQ(Manifest::parse("").error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(Manifest::parse("[]").error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(Manifest::parse("<html>").error().code, ErrorCode::kCorruptData);
  Json other = ollama_manifest();
  other["schemaVersion"] = 1;
  EXPECT_EQ(Manifest::parse(other.dump()).error().code, ErrorCode::kUnsupported);
  other = ollama_manifest();
  other["mediaType"] = "application/vnd.oci.image.index.v1+json";
  EXPECT_EQ(Manifest::parse(other.dump()).error().code, ErrorCode::kUnsupported);
}

TEST(Manifest, SizeDepthAndSumAreLimited) {
  const std::string large(kMaxManifestSize + 1, ' ');
  EXPECT_EQ(Manifest::parse(large).error().code, ErrorCode::kResourceLimit);
  const std::string deep = std::string(kMaxManifestSize / 2, '[');
  EXPECT_EQ(Manifest::parse(deep).error().code, ErrorCode::kResourceLimit);
  Json sum = ollama_manifest();
  for (Json& layer : sum["layers"]) layer["size"] = uint64_t(1) << 52;
  EXPECT_NE(Manifest::parse(sum.dump()).error().message.find("2^53"), std::string::npos);
}

TEST(Manifest, NoNameIsInTheWayOfAnother) {
  const auto with_names = [](const std::vector<std::string>& names) {
    Manifest manifest;
    for (const std::string& name : names) {
      manifest.layers.push_back({std::string(media_type::kFile), digest_of("a"), 1, name});
    }
    manifest.write();
    return Manifest::parse(manifest.text).has_value();
  };
  EXPECT_TRUE(with_names({"a", "a-b", "a.b/c", "b/a"}));
  EXPECT_FALSE(with_names({"a", "b", "a"}));
  EXPECT_FALSE(with_names({"a/b", "a-c", "a"}));
}

}  // namespace
}  // namespace hearth
