#pragma once

#include <span>
#include <vector>

#include "backend/cpu/activation_buffer.h"
#include "backend/cpu/packed_weight.h"
#include "backend/cpu/panel_shares.h"
#include "backend/ops.h"

namespace hearth::cpu {

/// Runs matrix products: the prologue of every input row once, then panels split over the threads.
class LinearRunner {
 public:
  /// What a runner comes to hold. Lists of tiles are left out.
  class Work {
   public:
    Work(const Kernels& kernels, int num_threads) : kernels_(kernels), num_threads_(num_threads) {}
    /// Products of up to `rows` rows.
    void add(const Prologue& prologue, const Weight& weight, int64_t rows);
    size_t bytes() const;

   private:
    const Kernels& kernels_;
    int num_threads_;
    ActivationBuffer::Work shared_, single_;
    int64_t row_ = 0;  ///< floats
  };

  LinearRunner(const Kernels& kernels, ThreadPool& pool) : kernels_(kernels), pool_(pool) {}

  void run(const LinearOp& op);

  /// The product with some of the weight's slices only; out's column 0 is their first row. All of one kind,
  /// quantised or float.
  void run(const LinearOp& op, std::span<const PackedSlice> slices);

  // Parts of `run`, for those that fuse several products in one task of the pool.

  /// Before the task: room for rows of up to k inputs.
  void reserve(int64_t k);
  /// Inputs [begin, end) of one of the op's rows, after the prologue, into a buffer of the op's shape.
  void prepare(const LinearOp& op, int64_t row, int64_t begin, int64_t end, ActivationBuffer& buffer,
               int thread);
  /// Before the task: how threads divide the panels of the slices, so many times over, for so many rows.
  void plan(PanelShares& shares, std::span<const PackedSlice> slices, int64_t times, int64_t rows) const;
  /// The outputs of panels [begin, end) of the slices.
  void multiply(const LinearOp& op, std::span<const PackedSlice> slices, const ActivationBuffer& in,
                int64_t begin, int64_t end, int thread);

 private:
  struct Worker {
    ActivationBuffer single;  ///< this thread's own copy of a lone input row
    std::vector<float> row;   ///< the row after its prologue
    std::vector<ProductTile> tiles;
  };

  void prepare_rows(const LinearOp& op, int thread);
  static bool is_redundant(const Prologue& prologue, int64_t rows, int64_t k);

  const Kernels& kernels_;
  ThreadPool& pool_;
  ActivationBuffer shared_;
  PanelShares shares_;
  std::vector<Worker> workers_;
};

}  // namespace hearth::cpu
