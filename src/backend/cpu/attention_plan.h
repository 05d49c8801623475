#pragma once

#include <vector>

#include "backend/cpu/kernels/attention_kernels.h"
#include "backend/ops.h"

namespace hearth::cpu {

/// What attends to what: the rows of a batch, ordered so that sequences whose caches begin with the same
/// blocks stand side by side, and the jobs that they are cut into.
class AttentionPlan {
 public:
  struct Row {
    const SequenceRows* sequence;
    int32_t row;  ///< of the batch
    int32_t position;
    int32_t first_visible, last_visible;
    /// Leading chunks whose blocks are those of the row before. All of them where the sequence is the same.
    int32_t shared_chunks;
  };
  /// The queries of some rows and one kv head. Query i is of row i / group and the kv head's head i % group.
  struct Job {
    int kv_head;
    int first_row, num_rows;
    int first_chunk, last_chunk;
    int64_t first_part;  ///< of its parts, one for each chunk and query
  };
  /// One chunk of one job.
  struct Task {
    int job, chunk;
  };

  /// What plans come to at most, of as many rows as the op has or fewer, none further along its sequence.
  struct Bounds {
    int most_queries = 0;
    int64_t num_parts = 0;
  };
  static Bounds bounds(const AttentionOp& op, int num_threads);

  /// Keeps references to the op's sequences until the next call.
  void make(const AttentionOp& op, int num_threads);

  const std::vector<Row>& rows() const { return rows_; }
  const std::vector<Job>& jobs() const { return jobs_; }
  int group() const { return group_; }
  /// Too few jobs to keep every thread busy: chunks of a job are shared out as well.
  bool is_split() const { return is_split_; }
  const std::vector<Task>& tasks() const { return tasks_; }  ///< where split
  int64_t num_parts() const { return num_parts_; }
  int most_queries() const { return most_queries_; }  ///< of a job

 private:
  void order_rows(const AttentionOp& op);
  static int rows_per_job(int num_rows, int group, int num_kv_heads, int num_threads);

  std::vector<const SequenceRows*> sequences_;
  std::vector<Row> rows_;
  std::vector<Job> jobs_;
  std::vector<Task> tasks_;
  int group_ = 1, most_queries_ = 0;
  bool is_split_ = false;
  int64_t num_parts_ = 0;
};

}  // namespace hearth::cpu
