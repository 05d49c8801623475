#pragma once

#include <atomic>
#include <vector>

#include "backend/cpu/kernels.h"
#include "backend/cpu/kv_layout.h"
#include "backend/ops.h"
#include "base/threads.h"

namespace hearth::cpu {

/// Runs attention: jobs of a few queries of one kv head, whose context is cut at absolute multiples of
/// kAttentionChunk. A long context with few queries is spread over the threads chunk by chunk; the parts are
/// merged in order of position, so that the result is the same.
class AttentionRunner {
 public:
  AttentionRunner(const Kernels& kernels, ThreadPool& pool) : kernels_(kernels), pool_(pool) {}

  void run(const AttentionOp& op);

 private:
  struct Job {
    const SequenceRows* sequence;
    int first_row, num_rows;  ///< rows of the sequence
    int kv_head;
    int first_head, num_heads;  ///< query heads, all of that kv head
    int first_chunk, last_chunk;
    int64_t first_part;  ///< index of its first chunk among the parts of all jobs
  };
  /// The softmax state of a job's queries, over one chunk or all so far.
  struct Part {
    float highest[kMaxQueries];
    float total[kMaxQueries];
    float* out;  ///< [kMaxQueries][value_stride]
  };
  struct Worker {
    std::vector<float> scores, chunk_out, running_out;
  };

  void plan(const AttentionOp& op);
  void run_chunk(const AttentionOp& op, const KvLayout& layout, const Job& job, int chunk, float* scores,
                 Part& part) const;
  void merge(const Job& job, const KvLayout& layout, const Part& chunk, Part& running) const;
  void finish(const AttentionOp& op, const KvLayout& layout, const Job& job, const Part& part) const;
  void run_whole(const AttentionOp& op, const KvLayout& layout, const Job& job, Worker& worker) const;
  void run_split(const AttentionOp& op, const KvLayout& layout);

  const Kernels& kernels_;
  ThreadPool& pool_;
  std::vector<Job> jobs_;
  std::vector<Worker> workers_;
  int64_t num_parts_ = 0;
  std::vector<Part> parts_;
  std::vector<float> parts_out_;
  std::vector<int> part_jobs_;
};

}  // namespace hearth::cpu
