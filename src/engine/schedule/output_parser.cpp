#include "engine/schedule/output_parser.h"

#include <utility>

namespace hearth {
namespace {

class PlainOutput final : public OutputParser {
 public:
  void push(TokenId, std::string_view text, std::vector<OutputPart>& parts) override { finish(text, parts); }
  void finish(std::string_view text, std::vector<OutputPart>& parts) override {
    append_part(parts, {.kind = PartKind::kContent, .text = std::string(text)});
  }
};

}  // namespace

void append_part(std::vector<OutputPart>& parts, OutputPart part) {
  const bool begins = part.kind == PartKind::kToolName;
  if (part.text.empty() && !begins) return;
  if (!begins && !parts.empty() && parts.back().kind == part.kind) {
    parts.back().text += part.text;
  } else {
    parts.push_back(std::move(part));
  }
}

std::string text_of(std::span<const OutputPart> parts, PartKind kind) {
  std::string text;
  for (const OutputPart& part : parts) {
    if (part.kind == kind) text += part.text;
  }
  return text;
}

std::unique_ptr<OutputParser> plain_output() { return std::make_unique<PlainOutput>(); }

}  // namespace hearth
