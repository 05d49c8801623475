"""The runner of the documentation's commands passes what works and names what does not."""
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import doc_commands

# A program that does as hearth does: `run` answers, `json` prints JSON, `serve` answers on its port, `mute` says nothing,
# `chat` wants a terminal and leaves at /bye, and all else is an error.
PROGRAM = r"""#!/usr/bin/env python3
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        known = self.path == "/v1/models"
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(b'{"ok": 1}' if known else b'{"error": 1}')
    do_GET = do_POST
    def log_message(self, *arguments):
        pass

command, words = sys.argv[1], sys.argv[2:]
if command == "run":
    print("an answer to", words[-1], "of", len(sys.stdin.read()) if "-" in words else 0)
elif command == "json":
    print('{"a": 1}' if "good" in words else '{"a": 1')
elif command == "serve":
    if "refused" in words:
        sys.exit("no such model")
    http.server.HTTPServer(("127.0.0.1", int(words[words.index("--port") + 1])), Handler).serve_forever()
elif command == "chat":
    if not sys.stdin.isatty():
        sys.exit("not on a terminal")
    while input() != "/bye":
        print("yes?")
elif command != "mute":
    sys.exit(f"error: there is no command {command}")
"""


class DocCommandsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "hearth").write_text(PROGRAM)
        (self.folder / "hearth").chmod(0o755)
        (self.folder / "m.gguf").write_text("GGUF")

    def commands(self, text):
        return list(doc_commands.commands_of("A.md", textwrap.dedent(text)))

    def run_text(self, text):
        """What is wrong with each command of a Markdown text."""
        results = doc_commands.run_all(self.commands(text), self.folder / "hearth", self.folder / "m.gguf")
        return [fault for _, fault, _ in results]

    def run_block(self, *lines, marks=""):
        return self.run_text(marks + "```\n" + "\n".join(lines) + "\n```\n")

    def test_what_works_passes(self):
        self.assertEqual(self.run_block(
            "hearth run model.gguf 'Hello'   # a comment", "", "# another", "cat letter.txt | hearth run model.gguf -",
            "cat book.txt chat.json $HEARTH_MODELS/m.gguf", "hearth json --json good", "hearth run 'two", "lines' \\", "  more"), [""] * 5)

    def test_a_command_that_breaks_is_named(self):
        commands = self.commands("```\nhearth run x\nhearth gone --fast\n```\n")
        self.assertEqual([c.name for c in commands], ["A.md:2 hearth run x", "A.md:3 hearth gone --fast"])
        faults = self.run_block("hearth run x", "hearth gone --fast")
        self.assertEqual(faults[0], "")
        self.assertIn("status 1", faults[1])
        self.assertIn("no command gone", faults[1])

    def test_a_pipe_breaks_where_any_part_does(self):
        self.assertIn("status", self.run_block("hearth gone | cat")[0])

    def test_nothing_and_no_json_are_faults(self):
        faults = self.run_block("hearth mute", "hearth json --json bad")
        self.assertIn("printed nothing", faults[0])
        self.assertIn("no JSON", faults[1])

    def test_servers_answer_the_rest_of_their_block(self):
        ask = "curl http://127.0.0.1:11434/v1/models"
        text = f"```sh\nhearth serve m.gguf &\n{ask}\n{ask}-gone\n```\n```\n{ask}\n```\n"
        faults = self.run_text(text)
        self.assertEqual(faults[:2], ["", ""])
        self.assertIn("404", faults[2])
        self.assertIn("status 7", faults[3], "the server ended with its block")
        self.assertIn("does not answer", self.run_block("hearth serve refused")[0])

    def test_marks(self):
        self.assertEqual(self.run_block("hearth gone", marks="<!-- doc-test: skip: it went -->\n"), [""])
        self.assertEqual(self.run_block("hearth mute # why", marks="<!-- doc-test: silent `hearth mute`: it is -->\n"), [""])
        self.assertIn("printed something", self.run_block(
            "hearth run x", marks="<!-- doc-test: silent `hearth run x`: it is -->\n")[0])
        typed = "<!-- doc-test: type `hearth chat`: Hello | /bye -->\n"
        self.assertEqual(self.run_block("hearth chat", marks=typed), [""])
        self.assertIn("not on a terminal", self.run_block("hearth chat")[0])
        faults = self.run_block("hearth gone", "hearth gone 2", marks="<!-- doc-test: skip `hearth gone`: it went -->\n")
        self.assertEqual(faults[0], "")
        self.assertIn("status 1", faults[1])

    def test_marks_without_sense_are_errors(self):
        for mark in ("skip", "skip:", "skip `hearth gone`: gone", "silent: all", "later: x"):
            with self.subTest(mark), self.assertRaises(doc_commands.DocError):
                self.commands(f"<!-- doc-test: {mark} -->\n```\nhearth run x\n```\n")
        for text in ("<!-- doc-test: skip: x -->\nText.\n```\nls\n```\n", "<!-- doc-test: skip: x -->\n", "```\nls\n",
                     "```\nls 'a\n```\n"):
            with self.subTest(text), self.assertRaises(doc_commands.DocError):
                self.commands(text)

    def test_blocks_of_other_languages_are_no_commands(self):
        self.assertEqual(self.commands("```json\n{}\n```\n```text\nhearth gone\n```\n"), [])

    def test_the_program_ends_with_what_failed(self):
        for line, status in (("hearth run x", 0), ("hearth gone", 1)):
            (self.folder / "A.md").write_text(f"```\n{line}\n```\n")
            junit = self.folder / "out/junit.xml"
            run = subprocess.run([sys.executable, doc_commands.__file__, self.folder / "hearth", self.folder / "m.gguf",
                                  "--junit", junit, self.folder / "A.md"], capture_output=True, check=False)
            self.assertEqual(run.returncode, status, run)
            self.assertEqual("<failure" in junit.read_text(), status == 1)


if __name__ == "__main__":
    unittest.main()
