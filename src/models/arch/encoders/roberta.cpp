#include "models/bert_spec.h"

namespace hearth {

/// In GGUF they are BERT's.
ModelSpec spec_roberta() {
  ModelSpec spec =
      bert_spec({"RobertaModel", "XLMRobertaModel", "CamembertModel", "RobertaForSequenceClassification",
                 "XLMRobertaForSequenceClassification", "CamembertForSequenceClassification"},
                configure_bert);
  spec.description = "RoBERTa, XLM-RoBERTa, CamemBERT, BGE-M3, multilingual E5, BGE rerankers";
  spec.conventions.prefix = "roberta.";
  spec.conventions.renames.insert(spec.conventions.renames.end(),
                                  {{"classifier.dense", "cls"}, {"classifier.out_proj", "cls.output"}});
  spec.conventions.padded_positions = true;
  spec.conventions.defaults.push_back({"pad_token_id", int64_t{1}});
  return spec;
}

}  // namespace hearth
