#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/schedule/request.h"

namespace hearth {

/// One text on its way through an encoder.
struct EncoderText {
  RequestId id = 0;
  Task task = Task::kEmbed;
  VectorOptions vector;
  std::vector<TokenId> tokens;
  std::vector<int32_t> types;  ///< empty: all 0
  int priority = 0;
  std::string tenant;
  EventSink on_event;
  std::chrono::nanoseconds submitted{};
  int64_t rank = 0;  ///< the queue's: lower goes first
};

/// Texts that wait, in the order of the scheduler: a tenant's by arrival and priority, tenants in turns by
/// tokens served. Pure: no device, no clock. Not thread-safe.
class TextQueue {
 public:
  void add(std::unique_ptr<EncoderText> text);
  /// Takes a text out, wherever it is; null where it does not wait.
  std::unique_ptr<EncoderText> remove(RequestId id);
  /// The next texts that fit together, whole; at least one where any waits. None may be longer than
  /// `max_tokens`.
  std::vector<std::unique_ptr<EncoderText>> take_batch(size_t max_tokens, size_t max_texts);

  size_t size() const { return texts_.size(); }

 private:
  struct Earlier {
    bool operator()(const EncoderText* a, const EncoderText* b) const {
      return a->rank != b->rank ? a->rank < b->rank : a->id < b->id;
    }
  };
  struct Tenant {
    int64_t num_served = 0;  ///< tokens, raised to the others' when it comes back
    std::set<EncoderText*, Earlier> waiting;
  };
  using Tenants = std::map<std::string, Tenant, std::less<>>;

  Tenants::iterator next_tenant();
  int64_t fair_level() const;
  std::unique_ptr<EncoderText> extract(EncoderText* text);

  std::map<RequestId, std::unique_ptr<EncoderText>> texts_;
  Tenants tenants_;
  int64_t served_ = 0;  ///< least served to a waiting tenant when one was last picked
  int64_t num_batches_ = 0;
};

}  // namespace hearth
