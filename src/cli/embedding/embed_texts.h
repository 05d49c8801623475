#pragma once

#include <functional>

#include "engine/engine.h"

namespace hearth::cli {

/// Many requests of one engine, and where their results go.
struct EmbedJob {
  size_t count = 0;
  /// The request of a number; called in order.
  std::function<Result<GenerateRequest>(size_t index)> request;
  /// Takes a result; called in order.
  std::function<Status(size_t index, const GenerateResult& result)> take;
  /// Asked between steps. Empty: never.
  std::function<bool()> is_stopped = {};
};

/// Runs them with so many under way that each step is full, whatever their lengths. Errors: the first of a
/// request, of a result or of taking one; kCancelled where it was stopped.
Status embed_texts(Engine& engine, const EmbedJob& job);

}  // namespace hearth::cli
