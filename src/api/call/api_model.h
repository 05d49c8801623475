#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/call/json.h"
#include "engine/constrain/grammar_cache.h"
#include "engine/sample/sampling_params.h"
#include "engine/schedule/output_parser.h"
#include "formats/model/embedding_config.h"
#include "text/template/chat_template.h"
#include "text/template/reasoning_format.h"
#include "text/template/tool_format.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::api {

/// Makes what reads one completion of a model.
using OutputParserMaker = std::function<std::unique_ptr<OutputParser>()>;

/// What the maker of a model has set for all its conversations, as a Modelfile says it.
struct ModelPreset {
  std::string system;             ///< where a conversation has no message of the system; empty: none
  Json messages = Json::array();  ///< in front of each conversation: [{"role", "content"}]
  Json options = Json::object();  ///< Ollama's, where a request says nothing
};

/// What a dialect must know of a served model to turn a request into tokens and tokens into a response.
/// Immutable while it is served; safe to share between threads.
struct ApiModel {
  std::string id;  ///< the name it is listed by
  std::string fingerprint =
      {};               ///< differs where the same seed may give another text: other weights, other program
  int64_t created = 0;  ///< seconds since 1970: when its file was written
  size_t context = 0;   ///< most tokens of a sequence, prompt and completion
  size_t hidden_size = 0;  ///< floats of an embedding
  bool generates = true;   ///< it writes text
  bool scores = false;     ///< it scores texts
  Pooling pooling = Pooling::kMean;
  EmbeddingConfig embedding = {};    ///< what the files say beside it
  size_t num_token_types = 1;        ///< segments that tokens may be of
  std::string rerank_template = {};  ///< by which it scores; empty: it reads pairs
  size_t relevant_label = 0;         ///< of two labels, the one that is the score
  const Tokenizer* tokenizer = nullptr;
  const ChatTemplate* chat_template = nullptr;
  SamplingParams default_sampling;
  bool recommends_sampling = false;                ///< that is its author's
  std::shared_ptr<const ModelPreset> preset = {};  ///< null: nothing is set
  std::shared_ptr<GrammarCache> grammars = {};     ///< null: its completions can have any text
  ReasoningFormat reasoning = {};                  ///< how it marks its thoughts in chats
  ToolFormat tools = {};                           ///< how it calls tools in chats
  std::vector<TokenId> mark_tokens = {};           ///< control tokens among their marks, sorted
  OutputParserMaker make_parser = {};  ///< of what the model says in chats; empty: everything is content
};

}  // namespace hearth::api
