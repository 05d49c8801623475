#include "api/parameters/known_parameters.h"

#include <algorithm>

namespace hearth::api {
namespace {

constexpr std::string_view kOnlyChats = "only chats and responses have tools";
constexpr std::string_view kNoTools = "the server runs no tools of its own: offer functions as tools";
constexpr std::string_view kNotLazy =
    "a grammar holds from the beginning; strict tools are held to where a call begins";
constexpr std::string_view kNoSuchDecoding = "this way of choosing tokens is not supported";
constexpr std::string_view kNoSuchOutput = "the server has nothing of the kind to add to a response";
constexpr std::string_view kNoAdapters = "the server has no adapters to choose from";
constexpr std::string_view kNoSplit = "prefill and decoding are not split over servers here";
constexpr std::string_view kNoMedia = "the server reads and writes text alone";
constexpr std::string_view kNoCode = "requests cannot bring code of their own";
constexpr std::string_view kNoState = "the server keeps conversations by previous_response_id alone";
constexpr std::string_view kNeverCut = "a prompt is never cut";

constexpr KnownParameter kKnown[] = {
    // Who asks, and for what purpose.
    {"user", "", ""},
    {"metadata", "", ""},
    {"client_metadata", "", ""},
    {"safety_identifier", "", ""},
    {"user_profile_id", "", ""},
    {"workspace_id", "", ""},
    {"request_id", "", ""},
    {"rid", "", ""},
    {"session_id", "", ""},
    {"custom_labels", "", ""},
    {"diagnostics", "", ""},
    {"trace", "", ""},
    {"betas", "", ""},
    {"anthropic_beta", "", ""},
    {"anthropic_version", "", ""},

    // How the provider stores, bills, caches, places and speeds up.
    {"store", "", ""},
    {"service_tier", "", ""},
    {"billing_policy", "", ""},
    {"speed", "", ""},
    {"inference_geo", "", ""},
    {"prompt_cache_key", "", ""},
    {"prompt_cache_retention", "", ""},
    {"prompt_cache_options", "", ""},
    {"cache_control", "", ""},
    {"cache_prompt", "", ""},
    {"n_cache_reuse", "", ""},
    {"id_slot", "", ""},
    {"prediction", "", ""},
    {"draft_num_predict", "", ""},
    {"speculative.n_max", "", ""},
    {"speculative.n_min", "", ""},
    {"speculative.p_min", "", ""},
    {"backend_sampling", "", ""},
    {"stream_interval", "", ""},
    {"sse_ping_interval", "", ""},
    {"provider", "", ""},
    {"route", "", ""},
    {"usage", "", ""},
    {"fallbacks", "", ""},
    {"fallback_credit_token", "", ""},
    {"drop_params", "", ""},
    {"ttl", "", ""},
    {"deferred", "[false]", "POST /v1/responses runs requests in the background"},
    {"nvext", "[{}]", "the server has no such extensions"},

    // Tools and structured output.
    {"tools", "[[]]", kOnlyChats},
    {"functions", "[[]]", kOnlyChats},
    {"tool_choice",
     R"(["none", "auto", {"type": "none"}, {"type": "auto"},
         {"type": "auto", "disable_parallel_tool_use": true},
         {"type": "auto", "disable_parallel_tool_use": false}])",
     kOnlyChats},
    {"function_call", R"(["none", "auto"])", kOnlyChats},
    {"parallel_tool_calls", "", ""},
    {"parse_tool_calls", "", ""},
    {"max_tool_calls", "", ""},
    {"grammar_lazy", "[false]", kNotLazy},
    {"grammar_triggers", "[[]]", kNotLazy},
    {"preserved_tokens", "[[]]", kNotLazy},
    {"mcp_servers", "[[]]", kNoTools},
    {"web_search_options", "[]", kNoTools},
    {"plugins", "[[]]", kNoTools},
    {"data_sources", "[[]]", kNoTools},

    // Other ways to choose tokens, by the values that switch them off.
    {"use_beam_search", "[false]", kNoSuchDecoding},
    {"length_penalty", "[1]", kNoSuchDecoding},
    {"early_stopping", "[false]", kNoSuchDecoding},
    {"best_of", "[1]", kNoSuchDecoding},
    {"watermarking", "[false]", kNoSuchDecoding},
    {"watermark", "[false]", kNoSuchDecoding},
    {"tfs_z", "[1]", kNoSuchDecoding},
    {"top_a", "[0]", kNoSuchDecoding},
    {"adaptive_target", "[-1]", kNoSuchDecoding},
    {"adaptive_decay", "", ""},
    {"min_keep", "[0]", kNoSuchDecoding},
    {"penalize_nl", "[false]", kNoSuchDecoding},
    {"smoothing_factor", "[0]", kNoSuchDecoding},
    {"bad_words", "[[]]", "use logit_bias with false to forbid tokens"},
    {"logits_processors", "[[]]", kNoCode},
    {"custom_logit_processor", R"([""])", kNoCode},
    {"custom_params", "[{}]", kNoCode},
    {"vllm_xargs", "[{}]", kNoCode},
    {"repetition_detection", "[]", "repeated tokens do not end a completion; the dry_ parameters avoid them"},
    {"stop_regex", R"(["", []])", "a completion is stopped by texts and tokens, not by patterns"},
    {"n_indent", "[0]", kNoSuchDecoding},
    {"t_max_predict_ms", "[-1, 0]", "a completion ends by its tokens, not by time"},
    {"t_max_prompt_ms", "[-1, 0]", "a completion ends by its tokens, not by time"},

    // Other contents of responses.
    {"no_stop_trim", "[false]", "the stop text is never part of the completion"},
    {"include_stop_str_in_output", "[false]", "the stop text is never part of the completion"},
    {"spaces_between_special_tokens", "", ""},
    {"detokenize", "[true]", "a completion is text"},
    {"return_hidden_states", "[false]", kNoSuchOutput},
    {"return_routed_experts", "[false]", kNoSuchOutput},
    {"routed_experts_start_len", "[0]", kNoSuchOutput},
    {"routed_experts_prompt_start", "[0]", kNoSuchOutput},
    {"return_cached_tokens_details", "[false]", kNoSuchOutput},
    {"return_meta_info", "[false]", kNoSuchOutput},
    {"return_token_ids", "[false]", kNoSuchOutput},
    {"return_tokens", "[false]", kNoSuchOutput},
    {"return_tokens_as_token_ids", "[false]", kNoSuchOutput},
    {"return_prompt_token_ids", "[false]", kNoSuchOutput},
    {"return_prompt_text", "[false]", "POST /apply-template shows the prompt"},
    {"return_progress", "[false]", kNoSuchOutput},
    {"return_token_offsets", "", ""},
    {"return_mm_kwargs", "", ""},
    {"prompt_logprobs", "[]", "POST /v1/completions with echo and logprobs gives those of a prompt"},
    {"logprob_token_ids", "[]", kNoSuchOutput},
    {"n_probs", "[0]", "ask by logprobs"},
    {"post_sampling_probs", "[false]", kNoSuchOutput},
    {"response_fields", "[[]]", "a response is sent with all its fields"},
    {"verbose", "[false]", kNoSuchOutput},
    {"echo", "[false]", "only POST /v1/completions can repeat the prompt"},
    {"suffix", R"([""])", "only POST /v1/completions fills gaps"},
    {"moderation", "[]", "the server moderates nothing"},
    {"safe_prompt", "[false]", "the server moderates nothing"},
    {"safety_model", R"([""])", "the server moderates nothing"},

    // What else could be made of the prompt.
    {"truncate_prompt_tokens", "[]", kNeverCut},
    {"truncation_side", "", ""},
    {"truncate", "[true, false]", kNeverCut},
    {"shift", "[true, false]", kNeverCut},
    {"n_keep", "", ""},
    {"n_discard", "", ""},
    {"transforms", "[[]]", kNeverCut},
    {"compaction", "[]", kNeverCut},
    {"chat_template", R"([""])", "the model's own chat template is used"},
    {"input_ids", "[]", "POST /v1/completions takes tokens as a prompt"},
    {"raw", "[false]", "POST /v1/completions takes prompts as they are"},
    {"options", "[{}]", "give its members beside the messages"},
    {"conversation", "[]", kNoState},
    {"prompt", "[]", "the server keeps no prompts: write it out"},
    {"thread", "[]", kNoState},
    {"container", "[]", kNoState},
    {"session_params", "[{}]", kNoState},
    {"task", "[]", "the model has no such tasks"},
    {"extra_key", "[]", "use cache_salt to keep computed prefixes apart"},
    {"ngram_corpus_id", "[]", "there is no such corpus"},
    {"models", "[[]]", "name one model"},

    // What steers a chat, where there is none.
    {"add_generation_prompt", "", ""},
    {"continue_final_message", "[false]", "only chats have messages"},
    {"separate_reasoning", "", ""},
    {"stream_reasoning", "", ""},
    {"include_reasoning", "", ""},
    {"reasoning_format", "", ""},

    // Adapters, media, and servers that share the work.
    {"lora", "[[]]", kNoAdapters},
    {"lora_path", R"([""])", kNoAdapters},
    {"lora_request", "[]", kNoAdapters},
    {"adapters", R"(["", []])", kNoAdapters},
    {"modalities", R"([["text"], []])", kNoMedia},
    {"audio", "[]", kNoMedia},
    {"image_data", "[[]]", kNoMedia},
    {"images_config", "", ""},
    {"media_io_kwargs", "", ""},
    {"mm_processor_kwargs", "", ""},
    {"max_dynamic_patch", "", ""},
    {"min_dynamic_patch", "", ""},
    {"use_audio_in_video", "", ""},
    {"bootstrap_host", "[]", kNoSplit},
    {"bootstrap_port", "[]", kNoSplit},
    {"bootstrap_room", "[]", kNoSplit},
    {"kv_transfer_params", "[]", kNoSplit},
    {"ec_transfer_params", "[]", kNoSplit},
    {"routed_dp_rank", "[0]", kNoSplit},
    {"data_parallel_rank", "[0]", kNoSplit},
    {"disagg_prefill_dp_rank", "[0]", kNoSplit},
};

}  // namespace

std::span<const KnownParameter> known_parameters() { return kKnown; }

const KnownParameter* find_known_parameter(std::string_view name) {
  const auto found = std::ranges::find(kKnown, name, &KnownParameter::name);
  return found == std::end(kKnown) ? nullptr : &*found;
}

Schema schema_of(const KnownParameter& parameter) {
  return parameter.taken.empty() ? Schema::any() : Schema::only(parameter.taken, parameter.why);
}

}  // namespace hearth::api
