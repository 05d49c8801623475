#include "cli/chat/thinking.h"

#include "api/prompt/thinking_wish.h"

namespace hearth::cli {

void Thinking::add_to(Arguments& arguments) {
  arguments
      .option("--think", level, choice(thinking_levels()),
              "whether or how much the model thinks before it answers")
      .unless_given("as the model does by itself");
  arguments.option("--think-budget", max_tokens, number(size_t(0), size_t(1) << 30),
                   "most tokens of thoughts; then they end, and the answer follows");
  arguments.flag("--hide-thinking,--hidethinking", hidden, "do not show what the model thinks");
}

std::string_view Thinking::given() const {
  if (!level.empty()) return "--think";
  return max_tokens ? "--think-budget" : "";
}

std::vector<std::string> thinking_levels() {
  std::vector<std::string> levels = {"on", "off"};
  for (const std::string_view effort : api::kEfforts) {
    if (effort != "none") levels.emplace_back(effort);
  }
  return levels;
}

}  // namespace hearth::cli
