#include "cli/embedding/embed_texts.h"

#include <map>
#include <utility>

#include "base/check.h"

namespace hearth::cli {
namespace {

/// Results that are there and not taken, of the requests under way; the engine ends with none of them left.
class Window {
 public:
  Window(Engine& engine, const EmbedJob& job) : engine_(engine), job_(job) {}
  ~Window() {
    for (const auto& [index, id] : under_way_) engine_.cancel(id);
    while (engine_.step()) {
    }
  }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  Status fill(size_t most) {
    while (next_ < job_.count && under_way_.size() < most) {
      GenerateRequest request = TRY(job_.request(next_));
      request.on_event = [this, index = next_](const GenerateEvent& event) {
        if (event.result == nullptr) return;
        ended_.emplace(index, *event.result);
        under_way_.erase(index);
      };
      under_way_.emplace(next_, TRY(engine_.submit(std::move(request))));
      ++next_;
    }
    return {};
  }

  Status take() {
    while (!ended_.empty() && ended_.begin()->first == num_taken_) {
      const auto ended = ended_.extract(ended_.begin());
      if (ended.mapped().error) return std::unexpected(*ended.mapped().error);
      TRY(job_.take(num_taken_, ended.mapped()));
      ++num_taken_;
    }
    return {};
  }

  bool done() const { return num_taken_ == job_.count; }

 private:
  Engine& engine_;
  const EmbedJob& job_;
  size_t next_ = 0, num_taken_ = 0;
  std::map<size_t, RequestId> under_way_;
  std::map<size_t, GenerateResult> ended_;
};

}  // namespace

Status embed_texts(Engine& engine, const EmbedJob& job) {
  // Beside those of a step as many for the next, so that none is short of texts.
  const size_t most = 2 * engine.max_running();
  Window window(engine, job);
  while (!window.done()) {
    if (job.is_stopped && job.is_stopped()) return fail(ErrorCode::kCancelled, "stopped by Ctrl-C");
    TRY(window.fill(most));
    CHECK(engine.step());
    TRY(window.take());
  }
  return {};
}

}  // namespace hearth::cli
