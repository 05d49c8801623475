#pragma once

#include <memory>
#include <string>

#include "backend/backend.h"
#include "base/threads.h"

namespace hearth {

/// The slow, obvious backend: f32 activations, f64 sums, weights decoded from the file as they are read. The
/// truth that every other backend is tested against. The pool must outlive it.
std::unique_ptr<Backend> make_reference_backend(ThreadPool& pool);

/// The CPU backend with the kernels of the best instruction set of this machine, or of `isa` ("scalar",
/// "avx2", "avx512"; empty: best). Errors: kInvalidArgument for an unknown name, kUnsupported where the
/// machine lacks it. The pool must outlive it.
Result<std::unique_ptr<Backend>> make_cpu_backend(ThreadPool& pool, const std::string& isa);

}  // namespace hearth
