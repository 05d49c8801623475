#include "models/bert_spec.h"

namespace hearth {

namespace {

/// Positions are counted from behind that of padding on.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  TRY(configure_bert(config, keys));
  constexpr Bounds<int> kIds{0, (1 << 23) - 1};
  config.max_position_embeddings -= TRY(keys.integer("pad_token_id", kIds)) + 1;
  if (config.max_position_embeddings > 0) return {};
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                   "{} leaves no positions behind that of padding ({})", keys.full("max_position_embeddings"),
                   keys.full("pad_token_id"));
}

}  // namespace

/// In GGUF they are BERT's.
ModelSpec spec_roberta() {
  ModelSpec spec =
      bert_spec({"RobertaModel", "XLMRobertaModel", "CamembertModel", "RobertaForSequenceClassification",
                 "XLMRobertaForSequenceClassification", "CamembertForSequenceClassification"},
                configure);
  spec.description = "RoBERTa, XLM-RoBERTa, CamemBERT, BGE-M3, multilingual E5, BGE rerankers";
  spec.conventions.prefix = "roberta.";
  spec.conventions.renames.insert(spec.conventions.renames.end(),
                                  {{"classifier.dense", "cls"}, {"classifier.out_proj", "cls.output"}});
  spec.conventions.padded_positions = true;
  spec.conventions.defaults.push_back({"pad_token_id", int64_t{1}});
  return spec;
}

}  // namespace hearth
