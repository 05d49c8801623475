#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/call/dialect.h"
#include "engine/schedule/request.h"

namespace hearth::api {

/// An event of one of an exchange's requests, copied so that it may cross threads.
struct ChoiceEvent {
  size_t choice = 0;                   ///< index of the request
  std::vector<OutputPart> parts = {};  ///< see GenerateEvent::parts
  std::vector<SampledToken> tokens;
  std::vector<SampledToken> prompt_logprobs = {};  ///< see GenerateEvent::prompt_logprobs
  std::optional<GenerateResult> result;            ///< set in the choice's last event
};

/// One API call that runs the model, in one dialect: what to submit, and how what comes back is written. The
/// caller submits the requests, hands every event to `accept`, and sends frames (`streams()`) or, once each
/// request has had its last event, the body. Used by one thread at a time.
class Exchange {
 public:
  virtual ~Exchange() = default;

  /// The public id ("chatcmpl-...", "resp_...").
  virtual const std::string& id() const = 0;
  virtual bool streams() const = 0;
  virtual const Dialect& dialect() const = 0;
  /// How its stream is framed: as all of the dialect's, but where an endpoint has a way of its own.
  virtual const StreamFraming& framing() const { return *dialect().framing; }
  /// One request for each choice, without `on_event`. Called once.
  virtual std::vector<GenerateRequest> take_requests() = 0;

  /// What the request asked for and does not get though it succeeds: to be sent in a header.
  virtual std::vector<std::string> notes() const { return {}; }

  /// Frames before any token.
  virtual std::vector<StreamFrame> begin() { return {}; }
  /// Takes an event in. The frames that follow from it; with the last event of the last choice, also those
  /// that end the stream, but for the framing's own. None where the response is not streamed.
  virtual std::vector<StreamFrame> accept(const ChoiceEvent& event) = 0;
  /// An error that ends a stream.
  virtual StreamFrame error_frame(const ApiError& error) const;
  /// The complete response body. Errors: that of a request that failed.
  virtual Result<nlohmann::ordered_json> body() = 0;
};

}  // namespace hearth::api
