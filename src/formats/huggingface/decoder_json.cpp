#include "formats/huggingface/tokenizer_steps.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

using Kind = DecoderStep::Kind;

constexpr uint64_t kMaxStrip = 1 << 16;

/// The steps read so far, and whether a Fuse was among them: what follows sees the text as one token.
struct DecoderReader {
  std::vector<DecoderStep> steps;
  bool fused = false;

  Status append(const JsonNode& node) {
    const std::string type = TRY(node.type());
    if (type == "Sequence") {
      const auto read = [this](const JsonNode& one, std::vector<DecoderStep>&) { return append(one); };
      return read_sequence(node, "decoders", steps, read);
    }
    if (type == "Fuse") {
      fused = true;
    } else if (type == "Strip") {
      TRY(append_strip(node));
    } else if (type == "Replace") {
      TRY(append_replace(node));
    } else if (type == "ByteFallback") {
      if (!fused) steps.push_back({.kind = Kind::kByteFallback});
    } else if (fused) {
      return node.unknown("decoder behind a Fuse", type);
    } else {
      return append_joining(node, type);
    }
    return {};
  }

  Status append_strip(const JsonNode& node) {
    DecoderStep step = {.kind = fused ? Kind::kStripText : Kind::kStrip};
    step.content = TRY(TRY(node.get("content")).text());
    step.start = TRY(node.number("start", 0, kMaxStrip));
    step.stop = TRY(node.number("stop", 0, kMaxStrip));
    if (fused && step.stop != 0) return node.unknown("decoder behind a Fuse", "Strip at the end");
    steps.push_back(std::move(step));
    return {};
  }

  Status append_replace(const JsonNode& node) {
    StepPattern pattern = TRY(read_pattern(TRY(node.get("pattern"))));
    // What is one character cannot lie across tokens.
    const bool may_cross = fused && count_code_points(pattern.text) != 1;
    if (pattern.is_regex || may_cross)
      return node.unknown("decoder", may_cross ? "Replace behind a Fuse" : "Replace by Regex");
    steps.push_back({.pattern = std::move(pattern.text), .content = TRY(node.text("content", ""))});
    return {};
  }

  Status append_joining(const JsonNode& node, const std::string& type) {
    if (type == "ByteLevel") {
      steps.push_back({.kind = Kind::kByteLevel});
    } else if (type == "Metaspace") {
      const bool old = TRY(node.flag("add_prefix_space", true));
      const bool prepends = TRY(node.text("prepend_scheme", old ? "always" : "never")) != "never";
      steps.push_back(
          {.kind = Kind::kMetaspace, .pattern = TRY(node.text("replacement", "\u2581")), .start = prepends});
    } else if (type == "WordPiece") {
      steps.push_back({.kind = Kind::kWordPiece, .pattern = TRY(node.text("prefix", "##"))});
      if (TRY(node.flag("cleanup", true))) steps.push_back({.kind = Kind::kCleanup});
    } else if (type == "BPEDecoder") {
      steps.push_back({.kind = Kind::kWordSuffix, .pattern = TRY(node.text("suffix", "</w>"))});
    } else if (type == "CTC") {
      if (TRY(node.flag("cleanup", true))) steps.push_back({.kind = Kind::kCleanup});
      steps.push_back({.kind = Kind::kCtc,
                       .pattern = TRY(node.text("pad_token", "<pad>")),
                       .content = TRY(node.text("word_delimiter_token", "|"))});
    } else {
      return node.unknown("decoder", type);
    }
    return {};
  }
};

}  // namespace

Result<std::vector<DecoderStep>> read_decoder(const JsonNode& node) {
  DecoderReader reader;
  TRY(reader.append(node));
  return std::move(reader.steps);
}

}  // namespace hearth
