#include "api/call/dialect.h"

namespace hearth::api {
namespace {

Json error_body(const ApiError& error, std::string_view) { return {{"error", error.message}}; }

constexpr std::string_view kPaths[] = {"/api"};

/// Ollama's API. No endpoint has it yet; its clients are told so in their own form.
constexpr Dialect kOllama = {.name = "ollama",
                             .paths = kPaths,
                             .no_path_hint = "Ollama's own API is not served: use OpenAI's, under /v1",
                             .error_body = error_body,
                             .framing = &kJsonLines};

}  // namespace

const Dialect* dialect_ollama() { return &kOllama; }

}  // namespace hearth::api
