#include "grammar/quote/quote_documents.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>

#include <nlohmann/json.hpp>

#include "grammar/quote/quote_language.h"

namespace hearth::grammar {
namespace {

using Json = nlohmann::ordered_json;

/// Each choice keeps an index of several bytes for each byte of text.
constexpr size_t kMaxSources = 16;
/// What the keyword itself may be long.
constexpr size_t kMaxKeywordSize = size_t(1) << 20;

Sha256Digest digest_of(std::span<const QuoteDocument> documents) {
  Sha256 hash;
  const auto add = [&](const std::string& text) {
    const uint64_t size = text.size();
    hash.update(std::as_bytes(std::span(&size, 1)));
    hash.update(std::as_bytes(std::span(text)));
  };
  for (const QuoteDocument& document : documents) {
    add(document.id);
    add(document.text);
  }
  return hash.finish();
}

Status check_ids(std::span<const QuoteDocument> documents) {
  std::set<std::string_view> ids;
  for (const QuoteDocument& document : documents) {
    if (document.id.empty()) {
      return fail_hint(ErrorCode::kInvalidArgument, "give each document an id", "a document has an empty id");
    }
    if (!ids.insert(document.id).second) {
      return fail_hint(ErrorCode::kInvalidArgument, "give each document an id of its own",
                       "two documents have the id {}", document.id);
    }
  }
  return {};
}

Result<uint64_t> read_count(const Json& value, std::string_view name) {
  if (!value.is_number_unsigned()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give a number of characters", "{} is not a whole number",
                     name);
  }
  return value.get<uint64_t>();
}

Result<QuoteBoundary> read_boundary(const Json& value) {
  if (value == "word") return QuoteBoundary::kWord;
  if (value == "none") return QuoteBoundary::kNone;
  return fail_hint(ErrorCode::kInvalidArgument, "give \"word\" or \"none\"", "boundary is neither");
}

Result<std::vector<std::string>> read_ids(const Json& value) {
  std::vector<std::string> ids;
  if (value.is_array()) {
    for (const Json& id : value) {
      if (id.is_string()) ids.push_back(id.get<std::string>());
    }
  }
  if (ids.empty() || ids.size() != value.size()) {
    return fail_hint(ErrorCode::kInvalidArgument,
                     "list ids of the request's documents, or leave it out for all",
                     "documents is not a list of ids");
  }
  return ids;
}

struct Keyword {
  std::vector<std::string> ids;
  QuoteOptions options;
};

Status read_member(const std::string& name, const Json& value, Keyword& keyword) {
  if (name == "documents") {
    keyword.ids = TRY(read_ids(value));
  } else if (name == "min_chars") {
    keyword.options.min_chars = TRY(read_count(value, name));
  } else if (name == "max_chars") {
    keyword.options.max_chars = TRY(read_count(value, name));
  } else if (name == "boundary") {
    keyword.options.boundary = TRY(read_boundary(value));
  } else if (name == "fold_whitespace") {
    if (!value.is_boolean()) {
      return fail_hint(ErrorCode::kInvalidArgument, "give true or false", "fold_whitespace is neither");
    }
    keyword.options.fold_whitespace = value.get<bool>();
  } else {
    return fail_hint(ErrorCode::kInvalidArgument,
                     "known are documents, min_chars, max_chars, boundary and fold_whitespace",
                     "{} is unknown", name);
  }
  return {};
}

Result<Keyword> read_keyword(std::string_view text) {
  if (text.size() > kMaxKeywordSize) return fail(ErrorCode::kResourceLimit, "too long");
  const Json json = Json::parse(text, nullptr, false);
  Keyword keyword;
  if (json == true) return keyword;
  if (!json.is_object()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give an object, or true for quotes of all documents",
                     "neither an object nor true");
  }
  for (const auto& [name, value] : json.items()) TRY(read_member(name, value, keyword));
  return keyword;
}

}  // namespace

QuoteDocuments::QuoteDocuments(std::vector<QuoteDocument> documents, const Limits& limits)
    : documents_(std::move(documents)), limits_(limits), digest_(digest_of(documents_)) {}

Result<std::shared_ptr<QuoteDocuments>> QuoteDocuments::create(std::vector<QuoteDocument> documents,
                                                               const Limits& limits) {
  TRY(check_ids(documents));
  std::vector<const QuoteDocument*> all;
  for (const QuoteDocument& document : documents) all.push_back(&document);
  TRY(check_quote_documents(all, limits));
  return std::shared_ptr<QuoteDocuments>(new QuoteDocuments(std::move(documents), limits));
}

Result<std::vector<size_t>> QuoteDocuments::find(std::span<const std::string> ids) const {
  std::vector<size_t> chosen;
  if (ids.empty()) {
    chosen.resize(documents_.size());
    std::iota(chosen.begin(), chosen.end(), size_t(0));
  }
  for (const std::string& id : ids) {
    const auto found = std::ranges::find(documents_, id, &QuoteDocument::id);
    if (found == documents_.end()) {
      return fail_hint(ErrorCode::kInvalidArgument, "name ids of the request's documents",
                       "no document has the id {}", id);
    }
    chosen.push_back(size_t(found - documents_.begin()));
  }
  std::ranges::sort(chosen);
  if (std::ranges::adjacent_find(chosen) != chosen.end()) {
    return fail_hint(ErrorCode::kInvalidArgument, "name each document once", "documents names an id twice");
  }
  return chosen;
}

Result<std::shared_ptr<const QuoteSource>> QuoteDocuments::source(std::span<const std::string> ids,
                                                                  const QuoteOptions& options) {
  const Key key{TRY(find(ids)), options};
  const std::scoped_lock lock(mutex_);
  const auto known = std::ranges::find(sources_, key, &decltype(sources_)::value_type::first);
  if (known != sources_.end()) return known->second;
  if (sources_.size() == kMaxSources) {
    return fail_hint(ErrorCode::kResourceLimit, "use the same documents and options for more of the quotes",
                     "more than {} kinds of quotes in one request", kMaxSources);
  }
  std::vector<const QuoteDocument*> chosen;
  for (const size_t i : key.documents) chosen.push_back(&documents_[i]);
  const auto source = TRY(QuoteSource::create(chosen, options, limits_));
  sources_.emplace_back(key, source);
  return source;
}

Result<std::shared_ptr<const TextLanguageMaker>> read_quote_keyword(std::string_view json,
                                                                    QuoteDocuments* documents) {
  const Keyword keyword = TRY(read_keyword(json));
  if (documents == nullptr || documents->size() == 0) {
    return fail_hint(ErrorCode::kInvalidArgument, "send documents: [{\"id\", \"text\"}] with the request",
                     "there are no documents to quote from");
  }
  return std::make_shared<QuoteLanguageMaker>(TRY(documents->source(keyword.ids, keyword.options)));
}

}  // namespace hearth::grammar
