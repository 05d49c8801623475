#include "api/dialects/ollama.h"

namespace hearth::api {
namespace {

Json error_body(const ApiError& error, std::string_view) { return {{"error", error.message}}; }

constexpr std::string_view kPaths[] = {"/api"};

constexpr Dialect kOllama = {
    .name = "ollama", .paths = kPaths, .error_body = error_body, .framing = &kJsonLines};

}  // namespace

const Dialect* dialect_ollama() { return &kOllama; }

}  // namespace hearth::api
