#include "engine/pool/compute.h"

#include "backend/backends.h"
#include "backend/host/host_memory.h"
#include "base/cpu_info.h"
#include "base/cpu_topology.h"

namespace hearth {
namespace {

int wanted_threads(const ComputeOptions& options) {
  return options.threads > 0 ? options.threads : default_threads();
}

}  // namespace

Compute::Compute(const ComputeOptions& options)
    : isa_(options.isa),
      threads_(wanted_threads(options), options.pin_threads ? thread_processors() : std::vector<int>()) {}

Result<std::unique_ptr<Compute>> Compute::create(const ComputeOptions& options, const LogSink& log) {
  TRY(choose_isa(options.isa));
  use_huge_pages(options.huge_pages);
  std::unique_ptr<Compute> compute(new Compute(options));
  if (compute->threads_.size() < wanted_threads(options)) {
    log(LogLevel::kWarning,
        fmt::format("it runs on {} of {} threads: the system gives no more (ulimit -u, ulimit -v)",
                    compute->threads_.size(), wanted_threads(options)));
  }
  return compute;
}

Result<std::unique_ptr<Backend>> Compute::make_backend(Precision precision) {
  if (precision == Precision::kF32) return make_reference_backend(threads_);
  return make_cpu_backend(threads_, isa_);
}

}  // namespace hearth
