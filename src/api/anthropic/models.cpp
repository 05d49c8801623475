#include "api/anthropic/models.h"

#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>

namespace hearth::api {
namespace {

Result<size_t> read_limit(const std::map<std::string, std::string>& query) {
  const auto found = query.find(std::string(kModelLimit.name));
  return size_t(TRY(read_integer(kModelLimit, found == query.end() ? kModelLimit.otherwise : found->second)));
}

/// Where the model of this name stands.
Result<size_t> index_of(std::span<const ModelListing> models, const std::string& id,
                        std::string_view parameter) {
  const auto found = std::ranges::find(models, id, &ModelListing::id);
  if (found == models.end()) return fail(ErrorCode::kInvalidArgument, "{}: names no model", parameter);
  return size_t(found - models.begin());
}

Json id_or_null(std::span<const ModelListing> models, bool last) {
  if (models.empty()) return nullptr;
  return last ? models.back().id : models.front().id;
}

}  // namespace

Json anthropic_model_json(const ModelListing& model) {
  const Json context = model.facts ? Json(model.facts->context) : Json(nullptr);
  return {{"type", "model"},
          {"id", model.id},
          {"display_name", model.id},
          {"created_at", fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::time_t(model.created)))},
          {"lifecycle", "active"},
          {"max_input_tokens", context},
          {"max_tokens", context}};
}

Result<Json> anthropic_model_list_json(std::span<const ModelListing> models,
                                       const std::map<std::string, std::string>& query) {
  const size_t limit = TRY(read_limit(query));
  std::span<const ModelListing> page = models;
  bool has_more = false;
  if (const auto before = query.find("before_id"); before != query.end()) {
    page = page.first(TRY(index_of(models, before->second, "before_id")));
    has_more = page.size() > limit;
    page = page.last(std::min(limit, page.size()));
  } else {
    if (const auto after = query.find("after_id"); after != query.end()) {
      page = page.subspan(TRY(index_of(models, after->second, "after_id")) + 1);
    }
    has_more = page.size() > limit;
    page = page.first(std::min(limit, page.size()));
  }
  Json data = Json::array();
  for (const ModelListing& model : page) data.push_back(anthropic_model_json(model));
  return Json{{"data", std::move(data)},
              {"first_id", id_or_null(page, false)},
              {"has_more", has_more},
              {"last_id", id_or_null(page, true)}};
}

}  // namespace hearth::api
