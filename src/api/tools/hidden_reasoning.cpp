#include "api/tools/hidden_reasoning.h"

#include <utility>

namespace hearth::api {
namespace {

class HiddenReasoning final : public OutputParser {
 public:
  explicit HiddenReasoning(std::unique_ptr<OutputParser> parser) : parser_(std::move(parser)) {}

  void push(TokenId id, std::string_view text, std::vector<OutputPart>& parts) override {
    std::vector<OutputPart> all;
    parser_->push(id, text, all);
    add_others(std::move(all), parts);
  }
  void finish(std::string_view text, std::vector<OutputPart>& parts) override {
    std::vector<OutputPart> all;
    parser_->finish(text, all);
    add_others(std::move(all), parts);
  }
  size_t num_reasoning_tokens() const override { return parser_->num_reasoning_tokens(); }
  std::vector<std::string> warnings() const override { return parser_->warnings(); }

 private:
  static void add_others(std::vector<OutputPart> all, std::vector<OutputPart>& parts) {
    for (OutputPart& part : all) {
      if (part.kind != PartKind::kReasoning) append_part(parts, std::move(part));
    }
  }

  std::unique_ptr<OutputParser> parser_;
};

}  // namespace

std::unique_ptr<OutputParser> hide_reasoning(std::unique_ptr<OutputParser> parser) {
  return std::make_unique<HiddenReasoning>(std::move(parser));
}

}  // namespace hearth::api
