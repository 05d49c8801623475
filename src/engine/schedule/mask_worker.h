#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <span>
#include <thread>

#include "engine/sample/constraint_set.h"

namespace hearth {

/// Computes the masks of constrained sequences while the model runs, on a thread of its own that is made when
/// the first is wanted. `start` is for one thread, `wait` for any.
class MaskWorker {
 public:
  explicit MaskWorker(size_t vocab_size) : vocab_size_(vocab_size) {}
  ~MaskWorker();
  MaskWorker(const MaskWorker&) = delete;
  MaskWorker& operator=(const MaskWorker&) = delete;

  /// Begins with ConstraintSet::compute_masks. Until `wait` returns, nobody else may use the constraints, and
  /// drafts and end_ids must stay. Nothing happens for none.
  void start(ConstraintSet& constraints, std::span<const TokenId> drafts, std::span<const TokenId> end_ids);
  /// Returns once the masks are there: computes them itself where the thread has not begun with them.
  void wait(ConstraintSet& constraints);

 private:
  struct Job {
    ConstraintSet* constraints;
    std::span<const TokenId> drafts, end_ids;
    bool has_begun = false;
  };
  using Jobs = std::list<Job>;

  void run();
  Jobs::iterator find(const ConstraintSet& constraints);
  Jobs::iterator first_waiting();
  /// Computes outside the lock, and removes the job.
  void compute(Jobs::iterator job, std::unique_lock<std::mutex>& lock);

  const size_t vocab_size_;
  bool has_tried_ = false;  ///< to start the thread
  std::mutex mutex_;
  std::condition_variable changed_;
  Jobs jobs_;              ///< guarded by mutex_
  bool stopping_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace hearth
