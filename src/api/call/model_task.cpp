#include "api/call/model_task.h"

namespace hearth::api {
namespace {

bool is_for(const ApiModel& model, Task task) {
  switch (task) {
    case Task::kGenerate:
      return model.generates;
    case Task::kEmbed:
      return model.pooling != Pooling::kRank;
    case Task::kScore:
      return model.scores;
  }
  return false;
}

std::string_view what_it_is(const ApiModel& model) {
  if (model.scores) return "a reranker, which gives scores of texts";
  if (model.pooling == Pooling::kRank) return "a classifier of several labels";
  return model.generates ? "a model that writes text" : "an encoder, which gives vectors of texts";
}

std::string_view what_to_ask(const ApiModel& model) {
  if (model.scores) return "ask POST /v1/rerank or /v1/score, or ";
  if (model.pooling == Pooling::kRank) return "";
  return model.generates ? "ask POST /v1/chat/completions, or " : "ask POST /v1/embeddings, or ";
}

std::string_view what_to_serve(Task task) {
  switch (task) {
    case Task::kGenerate:
      return "a model that writes text";
    case Task::kEmbed:
      return "an embedding model";
    case Task::kScore:
      return "a reranker, such as bge-reranker or Qwen3-Reranker";
  }
  return "";
}

std::string_view what_it_lacks(Task task) {
  switch (task) {
    case Task::kGenerate:
      return "writes no text";
    case Task::kEmbed:
      return "makes no vectors";
    case Task::kScore:
      return "ranks nothing";
  }
  return "";
}

}  // namespace

Status check_task(const ApiModel& model, Task task) {
  if (is_for(model, task)) return {};
  return fail_hint(ErrorCode::kUnsupported,
                   fmt::format("{}serve {}", what_to_ask(model), what_to_serve(task)),
                   "model: '{}' is {}, and {}", model.id, what_it_is(model), what_it_lacks(task));
}

std::vector<std::string_view> capabilities(const ApiModel& model) {
  std::vector<std::string_view> words;
  if (is_for(model, Task::kGenerate)) words.emplace_back("completion");
  if (is_for(model, Task::kEmbed)) words.emplace_back("embedding");
  if (is_for(model, Task::kScore)) words.emplace_back("rerank");
  return words;
}

}  // namespace hearth::api
