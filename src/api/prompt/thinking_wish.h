#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/json.h"
#include "text/template/chat_template.h"
#include "text/template/reasoning_format.h"

namespace hearth::api {

/// What a request wants of the model's thoughts, beside what its chat template is told.
struct Thoughts {
  std::optional<size_t> max_tokens;  ///< none: no limit
  size_t percent = 100;              ///< of max_tokens of the completion, at most
  bool visible = true;               ///< they are part of the response

  /// Most tokens of thoughts in a completion of so many tokens.
  std::optional<size_t> limit(size_t completion) const;
};

/// How much a model thinks by the words of OpenAI and others.
inline constexpr std::string_view kEfforts[] = {"none", "minimal", "low", "medium", "high", "xhigh", "max"};

/// Brings what is said of thinking, in any of its ways, to the chat template's variables, where it has such,
/// and to Thoughts. What has no effect is noted under the name by which it was said.
class ThinkingWish {
 public:
  /// All must outlive it. Variables that are there outweigh what is said.
  ThinkingWish(const ChatTemplate& chat_template, const ReasoningFormat& reasoning, Json& variables,
               Thoughts& thoughts, std::vector<std::string>& notes);

  void switch_to(bool on, const std::string& name);
  /// The model may think, and need not.
  void allow();
  /// One of kEfforts. A template that has no such setting gives a switch and a limit.
  void set_effort(std::string_view effort, const std::string& name);
  /// Tokens; none below 0.
  void set_budget(int64_t max_tokens, const std::string& name);
  void hide();
  /// What the variables that were given by themselves say.
  void heed_variables();

 private:
  bool thinks() const;
  bool is_told_to_think() const;
  bool set_switches(bool on);
  bool set(const char* name, const Json& value);
  void limit_to(size_t max_tokens);
  void note(const std::string& name, std::string_view why);

  const ChatTemplate& template_;
  const ReasoningFormat& reasoning_;
  Json& variables_;
  Thoughts& thoughts_;
  std::vector<std::string>& notes_;
};

}  // namespace hearth::api
