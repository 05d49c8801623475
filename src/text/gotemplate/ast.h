#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hearth::gotemplate {

struct Pipeline;

/// A term of a command: a literal, the dot, a variable, a function's name or a pipeline in parentheses, and
/// the fields that are read from it.
struct Operand {
  enum class Kind : uint8_t { kDot, kNil, kBool, kInt, kFloat, kString, kVariable, kFunction, kPipeline };

  Kind kind = Kind::kDot;
  std::string text = {};  ///< of a string; of a variable with its "$", of a function: the name
  int64_t number = 0;     ///< of an integer or a boolean
  double real = 0;
  std::shared_ptr<const Pipeline> inner = {};  ///< of kPipeline
  std::vector<std::string> fields = {};
};

/// Operands of which the first is a function, or the only one a value.
struct Command {
  std::vector<Operand> operands;
};

/// Commands, each of which takes the value of the one before as its last argument.
struct Pipeline {
  uint32_t line = 0;
  std::vector<std::string> variables = {};  ///< that its value is given to
  bool assigns = false;                     ///< to variables that exist (=), not to new ones (:=)
  std::vector<Command> commands = {};
};

struct Node;
using Nodes = std::vector<Node>;

struct Node {
  enum class Kind : uint8_t { kText, kAction, kIf, kRange, kWith, kTemplate, kBreak, kContinue };

  Kind kind = Kind::kText;
  uint32_t line = 0;
  uint32_t order = 0;     ///< by place in the source
  std::string text = {};  ///< of kTemplate: the name of the template that is called
  Pipeline pipeline = {};
  Nodes body = {}, otherwise = {};
};

/// A parsed template. The one that is run has the name "".
struct Program {
  std::map<std::string, Nodes, std::less<>> templates;
  std::vector<std::string> fields;  ///< all that are read, each once, sorted
  uint32_t response_order = 0;      ///< of the first action that writes .Response; 0: none does

  bool reads_field(std::string_view name) const;
};

}  // namespace hearth::gotemplate
