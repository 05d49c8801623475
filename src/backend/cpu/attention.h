#pragma once

#include <vector>

#include "backend/cpu/attention_plan.h"
#include "backend/cpu/kernels/kernels.h"
#include "backend/cpu/kv_layout.h"
#include "backend/ops.h"
#include "base/threads.h"

namespace hearth::cpu {

/// Runs attention chunk by chunk: a softmax over each chunk of the context, folded together in order of
/// position, query by query. Which queries share the reading of a chunk, and which thread runs it, is free:
/// no query's arithmetic knows of another. Not thread-safe; `run` uses the whole pool.
class AttentionRunner {
 public:
  /// What a runner comes to hold. Lists of rows and jobs are left out.
  class Work {
   public:
    explicit Work(int num_threads) : num_threads_(num_threads) {}
    void add(const AttentionOp& op);
    size_t bytes() const;

   private:
    int num_threads_;
    int64_t tile_ = 0, running_ = 0, keys_ = 0, values_ = 0, rotated_ = 0, parts_ = 0;  ///< floats
    int64_t groups_ = 0;  ///< of quantized queries
  };

  AttentionRunner(const Kernels& kernels, ThreadPool& pool) : kernels_(kernels), pool_(pool) {}

  void run(const AttentionOp& op);

 private:
  using Job = AttentionPlan::Job;
  using Row = AttentionPlan::Row;

  /// The softmax state of queries, over one chunk or all so far.
  struct State {
    float* highest;  ///< [queries]
    float* total;    ///< [queries]
    float* out;      ///< [queries][value_stride]
  };
  /// What one thread works in.
  struct Worker {
    std::vector<float> scores, keys, values;
    std::vector<float> tile, running, rotated;
    std::vector<int8_t> quants;
    std::vector<float> scales;
    std::vector<int32_t> sums;
  };
  /// The pieces of a chunk that one job reads, as they lie or decoded.
  struct Chunk {
    const uint8_t* keys[kChunkBlocks];
    const uint8_t* values[kChunkBlocks];
    const uint8_t* next_keys;
    KvCodec key_codec, value_codec;
    bool prefetch;
  };

  static int64_t state_floats(const KvLayout& layout, int64_t num_queries) {
    return num_queries * (2 + layout.value_stride);
  }
  State state(std::vector<float>& memory, int64_t num_queries) const;
  State part(const Job& job, int chunk);
  void prepare(Worker& worker) const;
  void quantize_queries(const AttentionOp& op, const Job& job, Worker& worker) const;
  Chunk locate(const AttentionOp& op, const Job& job, int chunk, int first_row) const;
  void expand(Chunk& chunk, int first_block, int num_tokens, Worker& worker) const;
  void run_chunk(const AttentionOp& op, const Job& job, int chunk, Worker& worker, const State& into) const;
  void run_rows(const AttentionOp& op, const Job& job, int chunk, int first_row, int last_row, Worker& worker,
                const State& into) const;
  void run_tile(const AttentionOp& op, const Job& job, int chunk, const Chunk& at, int query, int count,
                Worker& worker, const State& into) const;
  void fold(const State& chunk, int64_t from, const State& into, int64_t to) const;
  void finish(const AttentionOp& op, const Job& job, const State& state) const;
  void run_whole(const AttentionOp& op, const Job& job, Worker& worker) const;
  void run_split(const AttentionOp& op);

  const Kernels& kernels_;
  ThreadPool& pool_;
  AttentionPlan plan_;
  KvLayout layout_{KvShape{}};
  std::vector<Worker> workers_;
  std::vector<float> parts_;
};

}  // namespace hearth::cpu
