#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "text/template/chat_template.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::cli {

/// A chat as the user sees it, and its way to a prompt.
class Conversation {
 public:
  /// An empty text means no system message.
  void set_system(std::string text) { system_ = std::move(text); }
  const std::string& system() const { return system_; }

  void add_user(std::string text) { turns_.push_back({"user", std::move(text)}); }
  void add_assistant(std::string text) { turns_.push_back({"assistant", std::move(text)}); }
  void clear() { turns_.clear(); }
  bool empty() const { return turns_.empty(); }
  size_t num_turns() const { return turns_.size(); }
  bool ends_with_user() const { return !turns_.empty() && turns_.back().role == "user"; }
  /// Takes the last turn away.
  void drop_last() { turns_.pop_back(); }
  const std::string& last_text() const { return turns_.back().text; }

  /// The prompt for the next answer: only what the template writes can become special tokens. Errors: those
  /// of the template and the tokenizer.
  Result<std::vector<TokenId>> prompt(const ChatTemplate& chat_template, const Tokenizer& tokenizer) const;

  /// {"system", "messages": [{"role", "content"}]}, and back. Error: kCorruptData naming the field.
  nlohmann::ordered_json to_json() const;
  static Result<Conversation> from_json(const nlohmann::ordered_json& json);

 private:
  struct Turn {
    std::string role, text;
  };
  nlohmann::ordered_json messages(bool with_system) const;

  std::string system_;
  std::vector<Turn> turns_;
};

}  // namespace hearth::cli
