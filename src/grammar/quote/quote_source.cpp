#include "grammar/quote/quote_source.h"

#include <algorithm>
#include <string>

#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

/// Of the starts, the part that a range must have for its children to be known from the outset; and at least
/// so many.
constexpr uint32_t kWideParts = 8192;
constexpr uint32_t kMinWidth = 64;

/// How many bytes at the start are whole code points.
size_t well_formed_size(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const Utf8Step step = next_utf8(text.substr(at));
    if (step.code_point == Utf8Step::kBadByte) break;
    at += step.size;
  }
  return at;
}

Status check_options(const QuoteOptions& options) {
  if (options.max_chars == 0) {
    return fail_hint(ErrorCode::kInvalidArgument, "give at least 1", "a quote of max_chars 0 says nothing");
  }
  if (options.min_chars > options.max_chars) {
    return fail_hint(ErrorCode::kInvalidArgument, "give a max_chars of at least min_chars",
                     "quotes of at least {} and at most {} characters do not exist", options.min_chars,
                     options.max_chars);
  }
  return {};
}

}  // namespace

Status check_quote_documents(std::span<const QuoteDocument* const> documents, const Limits& limits) {
  size_t size = 0;
  for (const QuoteDocument* document : documents) {
    size += document->text.size() + document->id.size() + 1;
    if (size > limits.max_documents_size) {
      return fail_hint(ErrorCode::kResourceLimit, "send fewer documents, or parts of them",
                       "the documents to quote from are larger than {} bytes", limits.max_documents_size);
    }
  }
  for (const QuoteDocument* document : documents) {
    if (const size_t at = well_formed_size(document->text); at < document->text.size()) {
      return fail_hint(ErrorCode::kInvalidArgument, "send the text in UTF-8",
                       "document {} is not UTF-8 at byte {}", document->id, at);
    }
  }
  return {};
}

QuoteSource::QuoteSource(std::span<const QuoteDocument* const> documents, const QuoteOptions& options)
    : options_(options),
      text_(documents, options),
      borders_(text_, options),
      index_(text_, borders_),
      widest_(trie_source()) {
  widest_.expand_wide(std::max(kMinWidth, index_.all().size() / kWideParts));
}

Result<std::shared_ptr<const QuoteSource>> QuoteSource::create(
    std::span<const QuoteDocument* const> documents, const QuoteOptions& options, const Limits& limits) {
  TRY(check_options(options));
  TRY(check_quote_documents(documents, limits));
  const std::shared_ptr<const QuoteSource> source(new QuoteSource(documents, options));
  if (source->index_.all().size() == 0 && options.min_chars > 0) {
    return fail_hint(ErrorCode::kInvalidArgument,
                     "lower min_chars, raise max_chars, or send longer documents",
                     "the documents have no quote of {} characters or more", options.min_chars);
  }
  return source;
}

QuotePlaces QuoteSource::places(std::string_view quote, size_t max_places) const {
  if (well_formed_size(quote) != quote.size()) return {};
  const std::string folded = options_.fold_whitespace ? fold_whitespace(quote) : std::string(quote);
  const size_t chars = count_code_points(folded);
  if (folded.empty() || chars < options_.min_chars || chars > options_.max_chars) return {};
  const SuffixIndex::Range range = index_.find(folded);
  const uint32_t size = uint32_t(folded.size());
  std::vector<uint32_t> starts;
  for (uint32_t i = range.begin; i < range.end; ++i) {
    if (index_.reach(i) >= size && borders_.may_end(index_.start(i) + size))
      starts.push_back(index_.start(i));
  }
  QuotePlaces found;
  found.total = starts.size();
  const size_t count = std::min(max_places, starts.size());
  std::ranges::partial_sort(starts, starts.begin() + ptrdiff_t(count));
  for (size_t i = 0; i < count; ++i) found.places.push_back(text_.place_of(starts[i], starts[i] + size));
  return found;
}

size_t QuoteSource::memory_size() const {
  return sizeof(*this) + text_.memory_size() + borders_.memory_size() + index_.memory_size() +
         widest_.memory_size();
}

}  // namespace hearth::grammar
