#include "store/catalog/catalog.h"

#include <set>

#include <gtest/gtest.h>

#include "base/file.h"

namespace hearth {
namespace {

TEST(Catalog, EveryEntryIsAModelOfTheHubWithItsQuantisation) {
  std::set<std::string_view> names;
  for (const CatalogEntry& entry : catalog()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    const auto name = ModelName::parse(entry.name);
    ASSERT_TRUE(name) << entry.name;
    EXPECT_EQ(name->text(), entry.name);
    EXPECT_NE(name->tag, kDefaultTag) << entry.name;
    EXPECT_EQ(find_in_catalog(*name), &entry);
    EXPECT_FALSE(entry.base_model.empty() || entry.parameters.empty() || entry.license.empty() ||
                 entry.source.empty())
        << entry.name;
    const ModelName fetched = fetched_name(*name);
    if (entry.repository.empty()) {
      EXPECT_EQ(fetched, *name);
      continue;
    }
    EXPECT_EQ(fetched.source, ModelSource::kHub) << entry.name;
    EXPECT_EQ(fetched.text(), "hf.co/" + std::string(entry.repository));
    // The short name says which quantisation it is.
    EXPECT_TRUE(small_letters(entry.name).ends_with(small_letters(fetched.tag))) << entry.name;
    EXPECT_NE(entry.source.find(fetched.space + "/" + fetched.model), std::string_view::npos) << entry.name;
  }
}

TEST(Catalog, ThePageListsTheSame) {
  const std::string page = *read_file(HEARTH_SOURCE_DIR "/docs/design/store.md", size_t(1) << 20);
  size_t num_rows = 0;
  for (size_t at = page.find("\n| `"); at != std::string::npos; at = page.find("\n| `", at + 1)) ++num_rows;
  EXPECT_EQ(num_rows, catalog().size());
  for (const CatalogEntry& entry : catalog()) {
    const std::string place = entry.repository.empty() ? "the file that `./dev run` fetches"
                                                       : "`" + std::string(entry.repository) + "`";
    EXPECT_NE(page.find(fmt::format("| `{}` | {} | {} |", entry.name, place, entry.license)),
              std::string::npos)
        << entry.name;
  }
}

TEST(Catalog, OtherNamesAreThemselves) {
  for (const char* text :
       {"qwen3:4b", "llama3.2", "space/llama3.2:1b-instruct-q4_k_m", "hf.co/user/repo:Q4_K_M"}) {
    EXPECT_EQ(find_in_catalog(*ModelName::parse(text)), nullptr) << text;
    EXPECT_EQ(fetched_name(*ModelName::parse(text)), *ModelName::parse(text));
  }
  EXPECT_NE(find_in_catalog(*ModelName::parse("Llama3.2:1B-instruct-Q4_K_M")), nullptr);
}

TEST(Catalog, TheDefaultIsTheFileThatIsFetchedForIt) {
  const std::string script = *read_file(HEARTH_SOURCE_DIR "/tools/dev/model.sh", size_t(1) << 20);
  EXPECT_NE(script.find("model_name=" + std::string(kDefaultModelFile) + "\n"), std::string::npos);
  EXPECT_NE(
      script.find("--name " + std::string(kDefaultModel) + " --name " + std::string(kDefaultModelAlias)),
      std::string::npos);
  EXPECT_NE(find_in_catalog(*ModelName::parse(kDefaultModel)), nullptr);
}

}  // namespace
}  // namespace hearth
