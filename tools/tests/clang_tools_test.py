"""The settings of clang-tidy and clang-format accept a good sample and refuse a bad one."""
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tidy(code):
    """What clang-tidy says of `code` under the project's settings; empty where it is content."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "sample.cpp"
        path.write_text(code, encoding="utf-8")
        result = subprocess.run(["clang-tidy-19", "--quiet", f"--config-file={ROOT}/.clang-tidy", str(path), "--",
                                 "-std=c++23"], capture_output=True, text=True)
    assert (result.returncode != 0) == ("[" in result.stdout), result.stdout + result.stderr
    return result.stdout


class ClangTidyTest(unittest.TestCase):
    def test_our_names_pass(self):
        self.assertEqual(tidy("namespace hearth {\nconstexpr int kMaxRank = 4;\nenum class DType { kF32, kQ4_0 };\n"
                              "class KvCache {\n public:\n  int num_tokens() const { return num_tokens_; }\n"
                              "  static constexpr int kBlock = 32;\n\n private:\n  int num_tokens_ = 0;\n};\n"
                              "struct Q4_1 {\n  static constexpr int block_size = 32;\n};\nstruct Shape {\n  int rank;\n};\n"
                              "int twice(int value) {\n  constexpr int kFactor = 2;\n  return value * kFactor;\n}\n}\n"), "")

    def test_names(self):
        for code in ("class kv_cache {};", "void DoIt() {}", "constexpr int MAX_RANK = 4;", "enum class A { One };",
                     "class A {\n  int count = 0;\n};", "struct A {\n  static constexpr int size = 1;\n};",
                     "struct Bad_Name {};", "void f(int numTokens) { (void)numTokens; }"):
            with self.subTest(code):
                self.assertIn("readability-identifier-naming", tidy(code + "\n"))

    def test_faults(self):
        self.assertIn("bugprone-use-after-move", tidy(
            "#include <string>\n#include <utility>\nvoid g(std::string);\n"
            "size_t f(std::string s) {\n  g(std::move(s));\n  return s.size();\n}\n"))
        self.assertIn("performance-for-range-copy", tidy(
            "#include <string>\n#include <vector>\nsize_t f(const std::vector<std::string>& v) {\n  size_t n = 0;\n"
            "  for (const std::string s : v) n += s.size();\n  return n;\n}\n"))


class ClangFormatTest(unittest.TestCase):
    def status(self, code):
        return subprocess.run(["clang-format-19", f"--style=file:{ROOT}/.clang-format", "--dry-run", "-Werror"], input=code,
                              capture_output=True, text=True).returncode

    def test_layout(self):
        self.assertEqual(self.status("int f() { return 1; }\n"), 0)
        self.assertNotEqual(self.status("int f(){return 1;}\n"), 0)
        self.assertNotEqual(self.status("int   x;\n"), 0)


if __name__ == "__main__":
    unittest.main()
