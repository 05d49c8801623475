#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hearth {

/// How a model is made of another: Ollama's Modelfile. Instructions in any case and order, comments behind
/// "#", values to the end of the line, in "quotes", or over lines in """three""". Paths and names are as
/// written.
struct Modelfile {
  struct Message {
    std::string role, content;
  };

  std::vector<std::string> from;  ///< names, or paths of files and folders; at least one
  std::vector<std::string> adapters = {}, drafts = {};
  std::vector<std::pair<std::string, std::string>> parameters = {};  ///< in order; "stop" may repeat
  std::optional<std::string> chat_template = {}, system = {};
  std::vector<std::string> licenses = {};
  std::vector<Message> messages = {};
  std::string required_version = {};
  std::string renderer = {}, parser = {};  ///< Ollama's own, by name; only handed on

  /// Errors name the line: kCorruptData for what is no Modelfile; kResourceLimit beyond kMaxModelfileSize.
  static Result<Modelfile> parse(std::string_view text);

  /// The text that reads as this Modelfile. Error: kUnsupported for a value that no quotes can hold.
  Result<std::string> write() const;

  /// The parameters as the JSON object of Ollama's options: {"num_ctx": 4096, "stop": ["<end>"]}. What is
  /// deprecated is left out. Errors: kInvalidArgument naming the parameter that is unknown or has no such
  /// value.
  Result<std::string> parameters_json() const;
};

inline constexpr size_t kMaxModelfileSize = size_t(4) << 20;

/// The parameters of a JSON object of options, in Modelfile's form. Error: kCorruptData.
Result<std::vector<std::pair<std::string, std::string>>> parameters_of_json(std::string_view json);

}  // namespace hearth
