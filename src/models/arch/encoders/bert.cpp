#include "models/bert_spec.h"

namespace hearth {

ModelSpec spec_bert() {
  ModelSpec spec = bert_spec({"bert", "BertModel", "BertForSequenceClassification"}, configure_bert);
  spec.description = "BERT, MiniLM, BGE, E5, GTE, and rerankers such as MS MARCO MiniLM";
  spec.conventions.prefix = "bert.";
  spec.conventions.renames.push_back({"classifier", "cls.output"});
  return spec;
}

}  // namespace hearth
