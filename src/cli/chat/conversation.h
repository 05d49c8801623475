#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "engine/schedule/prompt.h"
#include "text/template/chat_template.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::cli {

/// A chat as the user sees it, and its way to a prompt.
class Conversation {
 public:
  /// An empty text means no system message.
  void set_system(std::string text) { system_ = std::move(text); }
  const std::string& system() const { return system_; }

  void add_user(std::string text) { turns_.push_back({"user", std::move(text), {}}); }
  void add_assistant(std::string text, std::string reasoning = {}) {
    turns_.push_back({"assistant", std::move(text), std::move(reasoning)});
  }
  void clear() { turns_.clear(); }
  bool empty() const { return turns_.empty(); }
  size_t num_turns() const { return turns_.size(); }
  bool ends_with_user() const { return !turns_.empty() && turns_.back().role == "user"; }
  /// Takes the last turn away.
  void drop_last() { turns_.pop_back(); }
  const std::string& last_text() const { return turns_.back().text; }

  /// The prompt for the next answer: only what the template writes can become special tokens. `variables` are
  /// the template's. Errors: those of the template and the tokenizer.
  Result<Prompt> prompt(const ChatTemplate& chat_template, const Tokenizer& tokenizer,
                        const nlohmann::ordered_json& variables = nlohmann::ordered_json::object()) const;

  /// {"system", "messages": [{"role", "content", "reasoning_content"}]}, the last where there is any, and
  /// back. Error: kCorruptData naming the field.
  nlohmann::ordered_json to_json() const;
  static Result<Conversation> from_json(const nlohmann::ordered_json& json);

 private:
  struct Turn {
    std::string role, text, reasoning;
  };
  nlohmann::ordered_json messages(bool with_system) const;

  std::string system_;
  std::vector<Turn> turns_;
};

}  // namespace hearth::cli
