#pragma once

#include "backend/backend.h"
#include "base/check.h"

namespace hearth {

/// `Base`, a backend, with operations that must not be called: for what stores and counts only.
template <typename Base = Backend>
class IdleOps : public Base {
 public:
#define HEARTH_IDLE(function, Operands) \
  void function(const Operands&) final { CHECK(false); }
  HEARTH_OPS(HEARTH_IDLE)
#undef HEARTH_IDLE
};

}  // namespace hearth
