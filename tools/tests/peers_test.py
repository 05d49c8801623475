"""The comparison's arithmetic, and a whole run with programs that stand in for the real ones."""
import io
import json
import pathlib
import sys
import tempfile
import unittest
import unittest.mock
from contextlib import redirect_stderr, redirect_stdout

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import peers

PROGRAM = """#!/bin/sh
case "$*" in
  *--version*) echo 'hearth 1.2.3' ;;
  inspect*) echo '{"tensors": [{"name": "token_embd.weight", "shape": [100, 10], "bytes": 600},
                              {"name": "blk.0.attn_q.weight", "shape": [10, 10], "bytes": 60},
                              {"name": "blk.0.attn_norm.weight", "shape": [10], "bytes": 40}]}' ;;
  "bench machine --json -t 2") echo '{"threads": 2, "int8_gops": 200.0, "bf16_gflops": null, "read_gb_s": 7.0}' ;;
  *"--repack 1 -fa 0"*) echo '[{"n_prompt": 512, "n_gen": 0, "avg_ts": 50}, {"n_prompt": 0, "n_gen": 128, "avg_ts": 4}]' ;;
  *-m*) echo '[{"n_prompt": 512, "n_gen": 0, "avg_ts": 40}, {"n_prompt": 0, "n_gen": 128, "avg_ts": 5}]' ;;
esac
"""


class PeersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ("hearth", "llama-bench"):
            (self.folder / name).write_text(PROGRAM, encoding="utf-8")
            (self.folder / name).chmod(0o755)

    def run_peers(self, *arguments):
        program = str(self.folder / "hearth")
        argv = ["peers", "--hearth", program, "--model", "m.gguf", "--rounds", "2", *arguments]
        output = io.StringIO()
        with unittest.mock.patch.object(sys, "argv", argv), \
                unittest.mock.patch.object(peers, "peer_builds", lambda: {"": ""}), redirect_stdout(output), redirect_stderr(io.StringIO()), \
                unittest.mock.patch.object(peers, "install_peer", lambda folder, options: (self.folder, "1.0")):
            peers.main()
        return output.getvalue()

    def test_the_best_setting_counts_for_each_kind_of_work(self):
        prompt, generate = json.loads(self.run_peers("--json"))["models"]["m.gguf"]
        self.assertEqual((prompt["peer_setting"], prompt["peer"], prompt["ratio"]), ("--repack 1 -fa 0", 50, 0.8))
        self.assertEqual((generate["peer"], generate["ratio"]), (5, 1.0))
        self.assertEqual(prompt["samples"]["hearth"], [40, 40])

    def test_ceilings_of_a_tied_model(self):
        prompt, generate = json.loads(self.run_peers("--json"))["models"]["m.gguf"]
        self.assertEqual(prompt["ceiling"], 200e9 / (2 * 100))
        self.assertEqual(generate["ceiling"], 7e9 / 700)

    def test_table(self):
        text = self.run_peers()
        self.assertIn("hearth 1.2.3", text)
        self.assertIn("| m.gguf | prompt | 40.0 | 50.0 | `--repack 1 -fa 0` | 0.80 |", text)
        self.assertIn("bf16 - GFLOP/s", text)

    def test_a_setting_that_crashes_is_left_out_and_named(self):
        (self.folder / "llama-bench").write_text(PROGRAM.replace("#!/bin/sh", '#!/bin/sh\ncase "$*" in *"repack 1"*) kill -SEGV $$ ;; esac'),
                                                 encoding="utf-8")
        text = self.run_peers()
        self.assertIn("| m.gguf | prompt | 40.0 | 40.0 |", text)
        self.assertIn("crashed on m.gguf with: `--repack 1 -fa 0`, `--repack 1 -fa 1`", text)

    def test_every_build_is_measured(self):
        with unittest.mock.patch.dict("os.environ", {"HEARTH_PEERS": "/a/one:/b/two"}):
            prompt, _ = json.loads(self.run_peers("--json"))["models"]["m.gguf"]
        self.assertEqual(len(prompt["peer_medians"]), 8)
        self.assertIn("two --repack 1 -fa 0", prompt["peer_medians"])

    def test_medians(self):
        samples = {"hearth": {"prompt": [1, 2, 9], "generate": [4]}, "a": {"prompt": [3, 5], "generate": [8]}}
        row = peers.compare(samples, {"prompt": None, "generate": None})[0]
        self.assertEqual((row["hearth"], row["peer"]), (2, 4))

    def test_a_program_that_fails_ends_the_run(self):
        with self.assertRaises(SystemExit) as raised:
            peers.run(["sh", "-c", "echo why >&2; exit 3"])
        self.assertIn("exit status 3\nwhy", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
