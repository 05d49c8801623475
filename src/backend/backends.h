#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/threads.h"

namespace hearth {

/// The slow, obvious backend: f32 activations, f64 sums, weights decoded from the file as they are read. The
/// truth that every other backend is tested against. The pool must outlive it.
std::unique_ptr<Backend> make_reference_backend(ThreadPool& pool);

/// Instruction sets that the CPU backend can use on this machine, the best last: "scalar", "avx2", ...
std::vector<std::string> cpu_backend_isas();

/// The CPU backend with the kernels of the best instruction set of this machine, or of `isa` (empty: the
/// best). Errors: kInvalidArgument for an unknown name, kUnsupported where the machine lacks it. The pool
/// must outlive it.
Result<std::unique_ptr<Backend>> make_cpu_backend(ThreadPool& pool, const std::string& isa);

}  // namespace hearth
