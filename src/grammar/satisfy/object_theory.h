#pragma once

#include "grammar/satisfy/theory.h"

namespace hearth::grammar {

class ObjectTheory final : public ContainerTheory {
 public:
  using ContainerTheory::ContainerTheory;

 protected:
  bool can_add_missing(Cube& cube) override;
  bool can_fail(uint32_t rule) override;
  bool can_refute(const Atom& atom) override;
  bool can_prove(const Atom& atom) override;

 private:
  bool is_missing(uint32_t key) const;
  bool is_forbidden(uint32_t key) const;
  /// Neither there, nor to be there, nor forbidden, nor too late.
  bool is_free(uint32_t key) const;
  bool can_add_any(uint64_t needed);

  uint64_t count_ = 0;  ///< with what is missing
  std::vector<uint32_t> missing_;
};

}  // namespace hearth::grammar
