"""Each lint check passes a good sample and names the fault of a bad one."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import check_docs
import check_layers
import check_names
import check_sizes
import check_style
import compiled_files
import junit_counts
import models_page


class TreeTest(unittest.TestCase):
    """A test with a small repository of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class ModelsPageTest(TreeTest):
    KNOWN = {"architectures": [{"models": "Llama 1 to 3", "gguf": ["llama"], "folder": ["LlamaForCausalLM"]},
                               {"models": "BERT", "gguf": ["bert"], "folder": []}], "gguf_types": ["F32", "Q4_K"]}

    def write_page(self, between=""):
        self.write(models_page.PAGE, "# Models\n" + models_page.BEGIN + between + models_page.END + "after\n")

    def test_the_list_is_made_anew(self):
        self.write_page("old\n")
        self.assertEqual(len(list(models_page.program_faults(self.root, self.KNOWN))), 1)
        self.assertEqual(list(models_page.program_faults(self.root, self.KNOWN, write=True)), [])
        self.assertEqual(list(models_page.program_faults(self.root, self.KNOWN)), [])
        page = (self.root / models_page.PAGE).read_text()
        self.assertIn("| BERT | `bert` | - |\n| Llama 1 to 3 | `llama` | `LlamaForCausalLM` |\n", page)
        self.assertTrue(page.startswith("# Models\n") and page.endswith("after\n"))

    def test_missing_markers_are_named(self):
        self.write(models_page.PAGE, "# Models\n")
        [fault] = models_page.program_faults(self.root, self.KNOWN)
        self.assertIn("markers", fault)

    def test_every_source_has_a_row(self):
        self.write_page("| Llama 1 to 3 | x | y |\n")
        spec = "ModelSpec spec_a() {\n  %s\n}\n"
        self.write("src/models/arch/a.cpp", spec % 'spec.description = "Llama 1 "\n      "to 3";')
        self.assertEqual(list(models_page.source_faults(self.root)), [])
        self.write("src/models/arch/a.cpp", spec % 'spec.description = "BERT";')
        self.assertIn("lacks 'BERT'", list(models_page.source_faults(self.root))[0])
        self.write("src/models/arch/a.cpp", spec % "")
        self.assertIn("no ModelSpec::description", list(models_page.source_faults(self.root))[0])


class LayersTest(TreeTest):
    def faults_of(self, name, include):
        for header in ("base/error.h", "text/tokenizer/vocab.h", "store/blobs.h", "engine/engine.h"):
            self.write(f"src/{header}", "#pragma once\n")
        self.write(f"src/{name}", f"#include {include}\n")
        return list(check_layers.faults(self.root))

    def test_downward_and_own_folder_pass(self):
        self.assertEqual(self.faults_of("engine/a.cpp", '"base/error.h"\n#include "engine/engine.h"\n#include <vector>'),
                         [])

    def test_upward(self):
        self.assertIn("layer text may not include layer engine", self.faults_of("text/a.cpp", '"engine/engine.h"')[0])

    def test_sideways(self):
        self.assertIn("layer text may not include layer store", self.faults_of("text/a.cpp", '"store/blobs.h"')[0])

    def test_parent_folder(self):
        fault, = self.faults_of("text/a.cpp", '"../base/error.h"')
        self.assertIn("src/text/a.cpp:1:", fault)
        self.assertIn("leaves its folder", fault)

    def test_short_name(self):
        self.assertIn("is not named from src/", self.faults_of("text/a.cpp", '"vocab.h"')[0])

    def test_missing_header(self):
        self.assertIn("does not exist", self.faults_of("text/a.cpp", '"text/nothing.h"')[0])

    def test_project_header_in_angles(self):
        self.assertIn("include it in quotes", self.faults_of("text/a.cpp", "<base/error.h>")[0])

    def test_foreign_library_below_the_engine(self):
        self.assertIn("links only", self.faults_of("text/a.cpp", "<boost/asio.hpp>")[0])
        self.assertIn("links only", self.faults_of("text/a.cpp", "<sqlite3.h>")[0])

    def test_foreign_library_in_the_store_and_above(self):
        self.assertEqual(self.faults_of("store/a.cpp", "<curl/curl.h>"), [])
        self.assertEqual(self.faults_of("server/a.cpp", "<boost/asio.hpp>"), [])

    def test_test_library_only_in_tests(self):
        self.assertEqual(self.faults_of("text/a_test.cpp", "<gtest/gtest.h>"), [])
        self.assertEqual(len(self.faults_of("text/b.cpp", "<gtest/gtest.h>")), 1)

    def test_rooms_in_a_circle(self):
        self.write("src/text/b/b.h", '#include "text/a/a.h"\n')
        fault, = self.faults_of("text/a/a.h", '"text/b/b.h"')
        self.assertIn("text/a/a.h includes text/b/b.h; text/b/b.h includes text/a/a.h", fault)

    def test_rooms_in_a_line_and_tests_pass(self):
        self.write("src/text/b/b.h", "#pragma once\n")
        self.write("src/text/b/b_test.cpp", '#include "text/a/a.h"\n')
        self.write("src/text/testing/rig.h", '#include "text/a/a.h"\n')
        self.assertEqual(self.faults_of("text/a/a.h", '"text/b/b.h"'), [])

    def test_a_room_that_is_full(self):
        for i in range(check_layers.MAX_ROOM_FILES):
            self.write(f"src/text/a/f{i}.h", "#pragma once\n")
            self.write(f"src/text/a/f{i}_test.cpp", "\n")
        fault, = self.faults_of("text/a/one_more.h", "<vector>")
        self.assertIn("src/text/a: 41 files", fault)

    def test_a_closed_room(self):
        self.write("src/formats/gguf/gguf.h", "#pragma once\n")
        fault, = self.faults_of("engine/a.cpp", '"formats/gguf/gguf.h"')
        self.assertIn("formats/gguf is closed to other layers", fault)
        for name in ("engine/a.cpp", "engine/a_test.cpp", "engine/testing/rig.h", "formats/open.cpp",
                     "cli/commands/inspect.cpp"):
            self.write("src/engine/a.cpp", "\n")
            include = "<vector>" if name == "engine/a.cpp" else '"formats/gguf/gguf.h"'
            self.assertEqual(self.faults_of(name, include), [], name)

    def test_unknown_layer(self):
        self.assertIn("not in the folder of a layer", self.faults_of("utils/a.cpp", "<vector>")[0])


class NamesTest(TreeTest):
    def faults_of(self, first, second):
        self.write("src/a/a.h", first)
        self.write("src/b/b.cpp", second)
        return list(check_names.faults(self.root))

    def test_two_types_of_one_name(self):
        for other in ("class A final : public B<C> {\n};", "struct A {};", "enum class A : uint8_t { kOne };", "union alignas(64) A {};"):
            with self.subTest(other):
                fault, = self.faults_of("namespace n {\nstruct A {\n  int x;\n};\n}", f"namespace n {{\n{other}\n}}")
                self.assertIn("src/a/a.h:2: n::A is also defined in src/b/b.cpp:2", fault)

    def test_what_is_a_files_own_passes(self):
        for other in ("namespace m { struct A {}; }", "namespace n { namespace { struct A {}; } }", "namespace n { class A; }",
                      "namespace n { struct B { struct A {}; }; }", "namespace n { void f() { struct A {}; } }",
                      "namespace n { template <> struct A<int> {}; }", "namespace n::o { struct A {}; }", "// namespace n { struct A {}; }"):
            with self.subTest(other):
                self.assertEqual(self.faults_of("namespace n { struct A {}; }", other), [])


def function(head, lines):
    return head + " {\n" + "  work();\n" * (lines - 2) + "}\n"


class SizesTest(unittest.TestCase):
    def faults_of(self, text, name="a.cpp"):
        return list(check_sizes.file_faults(name, text))

    def test_file(self):
        self.assertEqual(self.faults_of("int x;\n" * 800), [])
        self.assertIn("801 lines", self.faults_of("int x;\n" * 801)[0])
        self.assertEqual(self.faults_of("// size-waiver: a table\n" + "int x;\n" * 801), [])

    def test_a_waiver_needs_a_reason(self):
        self.assertEqual(len(self.faults_of("// size-waiver:\n" + "int x;\n" * 801)), 1)

    def test_functions_of_every_form(self):
        for head in ("void f(int a)", "int C::f() const noexcept", "template <typename T>\nT f(T x)", "TEST(A, B)",
                     "C::C(int a) : a_(a), b_{a}", "struct Point make(int x)", "auto f() -> std::vector<int>",
                     "bool operator==(const A& a, const A& b)", "static const char* f(char c = '{')"):
            lines = 99 if "\n" in head else 100
            with self.subTest(head):
                self.assertEqual(self.faults_of(function(head, lines)), [])
                self.assertIn("a function of 101 lines", self.faults_of(function(head, lines + 1))[0])

    def test_functions_inside_namespaces_and_classes(self):
        text = "namespace a {\nclass B final : public C {\n  enum class D { kE };\n" + function("void f()", 101) + "};\n}\n"
        self.assertEqual(self.faults_of(text), ["a.cpp:4: a function of 101 lines (limit 100): split it"])

    def test_braces_in_literals_and_comments(self):
        text = 'void f() {\n  g("{", \'{\', R"x({)x");  // {\n  /* { */\n}\n' + function("void h()", 101)
        self.assertEqual(self.faults_of(text), ["a.cpp:5: a function of 101 lines (limit 100): split it"])

    def test_what_is_no_function(self):
        for head in ("class A", "struct alignas(64) A", "namespace", 'extern "C"', "template <class T> requires (T::k) struct A"):
            with self.subTest(head):
                self.assertEqual(self.faults_of(head + " {\n" + "int x;\n" * 200 + "};\n"), [])
        self.assertEqual(self.faults_of("constexpr A kTable[] = {\n" + "  {1, f(2), {3}},\n" * 200 + "};\n"), [])

    def test_function_waiver(self):
        self.assertEqual(self.faults_of("// size-waiver: one state machine\n" + function("void f()", 101)), [])

    def test_python(self):
        text = "def f():\n" + "    work()\n" * 100
        self.assertIn("a function of 101 lines", self.faults_of(text, "a.py")[0])


class StyleTest(TreeTest):
    def test_clean(self):
        self.assertEqual(list(check_style.text_faults("a.h", "#pragma once\n\nint todo_list(); // /usr/share\n")), [])

    def test_each_rule(self):
        for text, fault in (("int\tx;\n", "a tab"), ("// \u00e9\n", "not ASCII"), ("int x; \n", "a blank at the end"),
                            ("// TO" "DO: more\n", "unfinished"), ("// FIX" "ME\n", "unfinished"),
                            ('f("/ho' 'me/me/x");\n', "a path of one machine"), ("int x;", "no newline"),
                            ("std::reg" "ex r;\n", "backtracks"), ("#include <reg" "ex>\n", "backtracks"),
                            ("GTEST" "_SKIP();\n", "switched off"), ("TEST(A, DISABLED" "_B)\n", "switched off")):
            with self.subTest(text):
                found = list(check_style.text_faults("a.cpp", text))
                self.assertEqual(len(found), 1, found)
                self.assertIn(fault, found[0])

    def test_output_goes_one_way(self):
        for line in ('fmt::print("{}", name);\n', "std::cout << name;\n", "std::fputs(name, stderr);\n",
                     "std::fwrite(name, 1, 2, stdout);\n"):
            fault, = check_style.text_faults("src/cli/commands/a.cpp", line)
            self.assertIn("src/cli/terminal.h", fault)
            for allowed in ("src/cli/terminal.cpp", "src/cli/a_test.cpp", "src/models/testing/a.h", "bench/a.cpp"):
                self.assertEqual([f for f in check_style.text_faults(allowed, line) if "output" in f], [])

    def test_header_guard(self):
        self.assertIn("no #pragma once", list(check_style.text_faults("a.h", "int x;\n"))[0])

    def test_fuzz_target_without_corpus_and_corpus_without_target(self):
        self.write("fuzz/a_fuzz.cpp", "int x;\n")
        self.write("fuzz/corpus/b/seed", "x")
        found = list(check_style.faults(self.root))
        self.assertEqual(len(found), 2, found)
        self.assertIn("no seed files in fuzz/corpus/a/", found[0])
        self.assertIn("no target fuzz/b_fuzz.cpp", found[1])

    def test_large_file(self):
        self.write("a.bin", "x" * ((2 << 20) + 1))
        self.assertEqual(list(check_style.faults(self.root)), ["a.bin: larger than 2 MB"])

    def test_recorded_data_is_left_alone(self):
        self.write("tests/fixtures/a.md", "tab\there\n")
        self.assertEqual(list(check_style.faults(self.root)), [])


class DocsTest(TreeTest):
    def test_links(self):
        self.write("docs/B.md", "# One heading: `x`\n")
        self.write("A.md", "[b](docs/B.md) [h](docs/B.md#one-heading-x) [w](https://example.org/x)\n`[no](link)`\n")
        self.assertEqual(list(check_docs.link_faults(self.root)), [])
        self.write("A.md", "[b](docs/C.md) [h](docs/B.md#two)\n")
        found = list(check_docs.link_faults(self.root))
        self.assertIn("docs/C.md leads nowhere", found[0])
        self.assertIn("names no heading", found[1])

    def test_commands(self):
        self.assertEqual(list(check_docs.command_faults(["run"], "## hearth run\n")), [])
        found = list(check_docs.command_faults(["run", "bench"], "## `hearth run MODEL`\n## hearth gone\n"))
        self.assertEqual(found, ["docs/CLI.md: no heading for `hearth bench`", "docs/CLI.md: there is no command `hearth gone`"])

    def test_commands_of_the_sources(self):
        self.write("src/cli/commands/run.cpp", "")
        self.write("src/cli/commands/run_test.cpp", "")
        self.assertEqual(check_docs.commands(self.root), ["run"])

    def test_commands_of_the_program(self):
        self.write("hearth", "#!/bin/sh\nprintf 'Use it\\n\\nCommands:\\n  run      Answer\\n  bench    Measure\\n'\n")
        (self.root / "hearth").chmod(0o755)
        self.assertEqual(check_docs.commands(self.root, str(self.root / "hearth")), ["bench", "run"])

    def test_options_of_the_program(self):
        self.write("hearth", "#!/bin/sh\ncase $1 in\n  keys) case $2 in list) printf '  -h,--help  H\n  --json  J\n' ;; *) "
                   "printf '  -h,--help  H\n\nCommands:\n  list  L\n' ;; esac ;;\nesac\n")
        (self.root / "hearth").chmod(0o755)
        self.assertEqual(check_docs.options_of(str(self.root / "hearth"), ["keys"]), [["--json"]])

    def test_options_in_the_manual(self):
        options = {"run": [["-n", "--max-tokens"], ["--seed"], ["-t", "--threads"]]}
        good = "## Options of many\n`-t N`\n## `hearth run MODEL`\n`--max-tokens N`, `--seed`, `-x`, --walk\n"
        self.assertEqual(list(check_docs.option_faults(options, good)), [])
        found = list(check_docs.option_faults(options, "## `hearth run MODEL`\n`--max-tokens`, `--threads`, `--walk`\n"))
        self.assertEqual(found, ["docs/CLI.md: `hearth run` has --seed, of which its section does not speak",
                                 "docs/CLI.md: no command has the option --walk (in the section of `hearth run`)"])


class CompiledFilesTest(TreeTest):
    def test_only_compiled_files(self):
        self.write("build/compile_commands.json", f'[{{"directory": "{self.root}", "file": "src/a.cpp"}}]')
        self.assertEqual(compiled_files.compiled(self.root, self.root / "build", ["src/a.cpp", "src/b.cpp"]), ["src/a.cpp"])


class JunitCountsTest(TreeTest):
    def test_only_what_ran_and_did_not_fail_has_passed(self):
        self.write("j.xml", '<testsuite><testcase status="run"/><testcase/><testcase name="a" status="fail"><failure/></testcase>'
                            '<testcase name="b" status="notrun"><skipped/></testcase></testsuite>')
        self.assertEqual(junit_counts.counts(self.root / "j.xml"), (2, 2))
        self.assertEqual(junit_counts.failed(self.root / "j.xml"), ["a", "b"])


if __name__ == "__main__":
    unittest.main()
