#pragma once

#include <memory>
#include <string>

#include "backend/backend.h"
#include "base/log.h"
#include "base/result.h"
#include "base/threads.h"

namespace hearth {

struct ComputeOptions {
  int threads = 0;           ///< 0: one for each fast core this process may use
  bool pin_threads = false;  ///< to a processor each
  bool huge_pages = true;    ///< where the system has them
  std::string isa = {};      ///< instruction set to force; empty: the best
};

enum class Precision : uint8_t {
  kAuto,  ///< as fast as it goes
  kF32,   ///< slow and exact: the reference backend and an f32 KV cache
};

/// The threads that all models of a process compute with. Thread-safe.
class Compute {
 public:
  /// Errors: those of `make_cpu_backend`. Fewer threads than wanted are said in `log`.
  static Result<std::unique_ptr<Compute>> create(const ComputeOptions& options, const LogSink& log);

  ThreadPool& threads() { return threads_; }
  /// A backend for one model.
  Result<std::unique_ptr<Backend>> make_backend(Precision precision);

 private:
  explicit Compute(const ComputeOptions& options);

  std::string isa_;
  ThreadPool threads_;
};

}  // namespace hearth
