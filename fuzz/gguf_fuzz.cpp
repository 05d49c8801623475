// A model file's bytes: header, metadata, tensors, vocabulary, chat templates. All that loads is read in
// whole.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "formats/gguf/gguf.h"
#include "formats/gguf/gguf_model_files.h"
#include "formats/gguf/vocabulary.h"
#include "quant/format.h"

namespace {

using namespace hearth;

void check(bool promise) {
  if (!promise) __builtin_trap();
}

void read_value(const GgufFile& file, const GgufMetadata& entry) {
  check(file.find(entry.key) != nullptr);
  const auto text = file.get<std::string_view>(entry.key);
  const auto number = file.get<uint32_t>(entry.key);
  const auto real = file.get<float>(entry.key);
  const auto flag = file.get<bool>(entry.key);
  // What is a number is no text, and an error says so in words.
  check(!(text && (number || real || flag)));
  if (!number) check(!number.error().message.empty() && !number.error().hint.empty());
  const auto array = file.get<MetadataArray>(entry.key);
  if (!array) return;
  size_t bytes = 0;
  for (const std::string_view element : array->strings()) bytes += sizeof(uint64_t) + element.size();
  if (array->element_type() == MetadataType::kString) {
    check(bytes == array->bytes().size());
    return;
  }
  for (size_t i = 0; i < std::min<size_t>(array->size(), 64); ++i)
    check((*array)[i].as<double>() || (*array)[i].as<bool>());
}

void read_tensor(const GgufFile& file, const GgufTensor& tensor) {
  check(file.find_tensor(tensor.name) != nullptr && !tensor.type_name().empty());
  const auto view = file.tensor(tensor);
  if (!view) return;
  check(view->data.size() == *tensor.bytes && tensor.offset + *tensor.bytes <= file.file_bytes());
  if (!is_decodable(view->dtype)) return;
  std::vector<float> row(size_t(view->shape.cols()));
  decode_blocks(view->dtype, view->data.data(), view->shape.cols(), row.data());
}

void read_vocabulary_of(const GgufFile& file) {
  const auto vocab = read_vocabulary(file);
  if (!vocab) {
    check(!vocab.error().hint.empty());
    return;
  }
  check(!vocab->tokens.empty());
  check(vocab->scores.empty() || vocab->scores.size() == vocab->tokens.size());
  check(vocab->token_types.empty() || vocab->token_types.size() == vocab->tokens.size());
  for (const auto id :
       {vocab->bos_id, vocab->eos_id, vocab->eot_id, vocab->eom_id, vocab->unk_id, vocab->pad_id}) {
    check(!id || (*id >= 0 && size_t(*id) < vocab->tokens.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan bytes = std::as_bytes(std::span(data, size));
  auto file = GgufFile::parse(bytes);
  if (!file) {
    check(!file.error().message.empty() && !file.error().hint.empty());
    return 0;
  }
  for (const GgufMetadata& entry : file->metadata()) read_value(*file, entry);
  for (const GgufTensor& tensor : file->tensors()) read_tensor(*file, tensor);
  read_vocabulary_of(*file);
  check(read_chat_templates(*file).named.size() <= file->metadata().size());

  std::vector<GgufFile> parts;
  parts.push_back(std::move(*file));
  const auto files = GgufModelFiles::from_parts(std::move(parts));
  if (!files) return 0;
  const TensorSet& tensors = *(*files)->tensors({}).value();
  for (const ModelTensor& tensor : tensors.all()) check(tensors.find(tensor.name) != nullptr);
  return 0;
}
