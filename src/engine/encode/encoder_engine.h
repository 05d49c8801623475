#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/encode/text_queue.h"
#include "engine/engine.h"
#include "models/encoder_model.h"

namespace hearth {

struct EncoderEngineOptions {
  size_t context = 0;      ///< most tokens of a text; no more than a batch of the model's
  size_t max_running = 1;  ///< most texts in a batch
  size_t max_waiting = 0;  ///< most requests beyond max_running; 0: no limit
  Clock clock;
};

/// Makes vectors and scores of texts. A step computes as many whole texts as fit in one batch of the model;
/// nothing of a text is kept, so no step depends on another. The model must outlive the engine.
class EncoderEngine final : public Engine {
 public:
  EncoderEngine(EncoderModel& model, EncoderEngineOptions options);

  Status check(const GenerateRequest& request) const override;
  Result<RequestId> submit(GenerateRequest request) override;
  void cancel(RequestId id) override;
  bool step() override;

  size_t context() const override { return options_.context; }
  size_t vocab_size() const override { return size_t(model_.config().vocab_size); }
  size_t max_running() const override { return options_.max_running; }
  EngineStats stats() const override;

 private:
  using Texts = std::vector<std::unique_ptr<EncoderText>>;
  /// What a text comes to.
  struct Outcome {
    std::vector<float> vector, scores;
    std::optional<Error> error = {};
  };

  void take_inbox();
  void run_model(const Texts& texts);
  std::vector<Outcome> read_outcomes(const Texts& texts);
  Status pool_rows(const EncoderText& text, size_t first_row, std::span<float> pooled);
  void finish(const EncoderText& text, const GenerateResult& result);
  void count_step(const Texts& texts);
  void publish_stats();

  EncoderModel& model_;
  const EncoderEngineOptions options_;
  TextQueue queue_;
  EngineStats counts_;  ///< of the thread that steps

  // Of the step: what the batch refers to, and what comes out.
  std::vector<int32_t> token_ids_, token_types_;
  std::vector<EncoderSequence> sequences_;
  std::vector<float> hidden_, pooled_, embeddings_, scores_;
  std::vector<double> sum_;

  mutable std::mutex inbox_mutex_;
  Texts submitted_;                   ///< guarded by inbox_mutex_
  std::vector<RequestId> cancelled_;  ///< guarded by inbox_mutex_
  RequestId last_id_ = 0;             ///< guarded by inbox_mutex_
  size_t num_open_ = 0;               ///< guarded by inbox_mutex_: requests without an end
  size_t num_refused_ = 0;            ///< guarded by inbox_mutex_
  EngineStats stats_;                 ///< guarded by inbox_mutex_: of the last step
};

}  // namespace hearth
