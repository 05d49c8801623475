#pragma once

#include <string>
#include <vector>

#include "text/jinja/value/call.h"

namespace hearth::jinja {

struct MacroParam {
  std::string name;
};

/// What a call of a macro needs to know to bind its arguments.
struct MacroSignature {
  std::vector<MacroParam> params;
  bool catches_kwargs = false, catches_varargs = false, reads_caller = false;
  bool explicit_caller = false;  ///< `caller` is among the parameters
};

struct MacroStatement;

/// A macro, or the body of a call block, with the variables around its definition.
class MacroObject final : public CallableObject {
 public:
  MacroObject(std::string_view called, const MacroSignature& shape, const MacroStatement& code,
              Ref<Object> scope)
      : CallableObject(Type::kMacro, called),
        signature(&shape),
        statement(&code),
        enclosing(std::move(scope)) {}

  const MacroSignature* const signature;
  const MacroStatement* const statement;
  const Ref<Object> enclosing;
};

}  // namespace hearth::jinja
