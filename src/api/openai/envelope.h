#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/api_call.h"
#include "api/call/choices.h"
#include "api/parameters/generation_parameters.h"

namespace hearth::api {

/// What OpenAI's completions and chats have around their choices. Immutable.
class OpenAiEnvelope {
 public:
  /// `object` of a complete response and of a frame: "text_completion", "chat.completion.chunk", ...
  struct Objects {
    std::string_view whole, frame;
  };

  /// `id_prefix`: "cmpl-", "chatcmpl-".
  OpenAiEnvelope(std::string_view id_prefix, Objects objects, const ApiCall& call,
                 const GenerationParameters& parameters);

  const std::string& id() const { return id_; }

  /// A complete response; its timings, where asked for, are those of `first`.
  Json body(Json choices, const Usage& usage, const GenerateResult& first) const;

  /// A frame with one choice, which has ended where there is a result.
  StreamFrame chunk(Json choice, const std::optional<GenerateResult>& result = std::nullopt) const;
  /// What a choice that failed has in place of a reason to finish, where others have not.
  static void set_failed(const Error& error, Json& choice);
  /// Adds the frame that tells the usage, where that was asked for.
  void add_usage(const Usage& usage, std::vector<StreamFrame>& frames) const;

 private:
  Json head(std::string_view object) const;

  std::string id_, model_, fingerprint_;
  int64_t created_;
  Objects objects_;
  bool include_usage_, timings_;
  OutputForm form_;
};

}  // namespace hearth::api
