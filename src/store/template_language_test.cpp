#include "store/template_language.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(TemplateLanguage, EachIsKnownByItsOwn) {
  for (const char* go :
       {"{{ .Prompt }}", "{{- range .Messages }}{{ .Content }}{{ end }}", "a {{if .System}}b{{end}}",
        "{{- /* comment */}}x", "{{ $last := 1 }}", "{{\n.Prompt}}"}) {
    EXPECT_EQ(template_language(go), TemplateLanguage::kGo) << go;
  }
  for (const char* jinja :
       {"{% for m in messages %}{{ m.content }}{% endfor %}", "{{ messages[0]['content'] }}",
        "{{- bos_token }}", "plain", "", "{{", "{% set x = '{{ .Prompt }}' %}"}) {
    EXPECT_EQ(template_language(jinja), TemplateLanguage::kJinja) << jinja;
  }
}

}  // namespace
}  // namespace hearth
