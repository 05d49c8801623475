// Quotes of documents, options and a walk from the bytes: documents are cut by 0xFF, and the last piece is
// the keyword or, byte by byte, a text to read. Whatever is accepted must be found again, verbatim, at each
// place.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/quote/quote_documents.h"
#include "grammar/quote/quote_language.h"
#include "text/unicode/utf8.h"

namespace {

using namespace hearth::grammar;

void check(bool promise) {
  if (!promise) __builtin_trap();
}

std::vector<std::string> pieces(std::string_view bytes) {
  std::vector<std::string> result;
  for (size_t end = 0; end != std::string_view::npos;) {
    end = bytes.find('\xff');
    result.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
  return result;
}

void check_places(const QuoteSource& source, const std::vector<std::string>& texts,
                  const std::string& quote) {
  const QuotePlaces found = source.places(quote, 4);
  check(found.total > 0 || quote.empty());
  for (const QuotePlace& place : found.places) {
    const std::string& text = texts[size_t(place.document[0]) - 1];
    check(place.byte_end <= text.size() && place.byte_begin < place.byte_end);
    std::string there = text.substr(place.byte_begin, place.byte_end - place.byte_begin);
    if (source.options().fold_whitespace) there = fold_whitespace(there);
    check(there == quote);
    check(hearth::count_code_points(std::string_view(text).substr(0, place.byte_begin)) == place.char_begin);
  }
}

/// Takes the bytes of `walk` that are alive, and skips the others.
void follow(const std::shared_ptr<const QuoteSource>& source, const std::vector<std::string>& texts,
            std::string_view walk) {
  const auto automaton = compile_quote(source)->make_automaton();
  std::string read;
  StateId state = automaton->start();
  for (const char byte : walk) {
    const StateId next = automaton->step(state, uint8_t(byte));
    if (next == kDeadState) continue;
    state = next;
    read += byte;
    if (automaton->accepts(state)) check_places(*source, texts, read);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  std::vector<std::string> texts = pieces({reinterpret_cast<const char*>(data) + 3, size - 3});
  const std::string last = texts.back();
  texts.pop_back();
  if (texts.size() > 50) return 0;
  std::vector<QuoteDocument> documents;
  for (size_t i = 0; i < texts.size(); ++i) documents.push_back({std::string(1, char(i + 1)), texts[i]});
  const auto from = QuoteDocuments::create(documents, {.max_documents_size = 4096});
  if (!from) return 0;
  (void)read_quote_keyword(last, from->get());
  QuoteOptions options{.min_chars = uint64_t(data[0] % 8)};
  if (data[1] % 2 == 0) options.max_chars = data[1] / 2;
  options.boundary = data[2] % 2 == 0 ? QuoteBoundary::kWord : QuoteBoundary::kNone;
  options.fold_whitespace = data[2] / 2 % 2 == 0;
  const auto source = (*from)->source({}, options);
  if (source) follow(*source, texts, last);
  return 0;
}
