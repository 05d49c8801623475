#pragma once

#include <span>
#include <vector>

#include "backend/cpu/activation_buffer.h"
#include "backend/cpu/packed_weight.h"
#include "backend/ops.h"

namespace hearth::cpu {

/// Runs matrix products: the prologue of every input row once, then panels split over the threads.
class LinearRunner {
 public:
  LinearRunner(const Kernels& kernels, ThreadPool& pool) : kernels_(kernels), pool_(pool) {}

  void run(const LinearOp& op);

  /// The product with some of the weight's slices only; out's column 0 is their first row. All of one kind,
  /// quantised or float.
  void run(const LinearOp& op, std::span<const PackedSlice> slices);

 private:
  struct Worker {
    ActivationBuffer single;  ///< this thread's own copy of a lone input row
    std::vector<float> row;   ///< the row after its prologue
    std::vector<ProductTile> tiles;
  };

  void prepare_row(const LinearOp& op, int64_t row, int64_t begin, int64_t end, Worker& worker,
                   ActivationBuffer& buffer, int64_t tile);
  void prepare_rows(const LinearOp& op, int thread);
  void multiply(const LinearOp& op, std::span<const PackedSlice> slices, const ActivationBuffer& in,
                int thread);

  const Kernels& kernels_;
  ThreadPool& pool_;
  ActivationBuffer shared_;
  std::vector<Worker> workers_;
};

}  // namespace hearth::cpu
