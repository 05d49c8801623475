"""Files of random weights: blocks with sane scales, and a header that says where they lie."""
import pathlib
import random
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import make_model


class MakeModelTest(unittest.TestCase):
    def test_blocks_are_random_behind_their_scales(self):
        source = random.Random(3)
        for kind, (_, _, size, scales) in make_model.BLOCKS.items():
            if kind == "F32":
                continue
            data = make_model.random_blocks(source, kind, 50)
            self.assertEqual(len(data), 50 * size)
            self.assertGreater(len(set(data)), 40, kind)
            for offset, value in scales.items():
                for block in (0, 49):
                    self.assertEqual(data[block * size + offset:][:len(value)], value, kind)

    def test_floats_are_small_and_of_both_signs(self):
        values = struct.unpack("<500e", make_model.random_blocks(random.Random(3), "F16", 500))
        self.assertLess(max(map(abs, values)), 0.04)
        self.assertTrue(min(values) < 0 < max(values))
        data = make_model.random_blocks(random.Random(3), "BF16", 500)
        values = [struct.unpack("<f", b"\0\0" + data[i:i + 2])[0] for i in range(0, 1000, 2)]
        self.assertLess(max(map(abs, values)), 0.04)

    def test_every_type_of_a_mix_is_known(self):
        for kinds in make_model.TYPES.values():
            for kind in kinds:
                self.assertIn(kind, make_model.BLOCKS)

    def test_a_file_is_as_long_as_its_header_says_and_always_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / name for name in ("a.gguf", "b.gguf")]
            for file in files:
                make_model.write_model("tiny", "q2_k", file, num_layers=1)
            data = files[0].read_bytes()
            self.assertEqual(data, files[1].read_bytes())
            shape = make_model.SHAPES["tiny"]
            expected = sum(-(-make_model.num_blocks(kind, dims) * make_model.BLOCKS[kind][2] // 32) * 32
                           for _, kind, dims in make_model.tensors(shape, "q2_k", 1))
            self.assertEqual(data[:8], b"GGUF\3\0\0\0")
            self.assertLess(expected, len(data))
            self.assertEqual(len(data) % 32, 0)
            self.assertEqual(list(pathlib.Path(folder).glob("*.part")), [])


if __name__ == "__main__":
    unittest.main()
