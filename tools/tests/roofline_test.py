"""Where the points of the roofline picture lie."""
import pathlib
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import roofline

REPORT = {
    "date": "2026-01-02", "threads": 2, "prompt": 512, "machine": {"int8_gops": 1000.0, "bf16_gflops": None, "read_gb_s": 20.0},
    "models": {
        "a <b>": {"facts": {"products": 900, "head_products": 100, "read": 1000, "kv_read": 10, "main_type": "Q8_0"}, "rows": [
            {"work": "prefill", "hearth": 2e8, "peer": 1e8}, {"work": "decode", "hearth": 1e7, "peer": None},
            {"work": "decode of 4 at 100", "hearth": 1e7, "peer": 5e6}]},
        "load": {"rows": []},
    },
}


class RooflineTest(unittest.TestCase):
    def test_points(self):
        prefill, decode, batch = roofline.points(REPORT)
        self.assertEqual(prefill, ("a <b>, prefill", 2 * 900 * 512 / 1000, 360.0, 180.0))
        self.assertEqual(decode, ("a <b>, decode", 2.0, 20.0, None))
        self.assertEqual(batch[1], 2 * 1000 * 4 / 5000)

    def test_axis(self):
        axis = roofline.Axis([2, 300], 0, 90)
        self.assertEqual(axis.ticks(), [1, 10, 100, 1000])
        self.assertAlmostEqual(axis(10), 30)

    def test_picture_is_xml_with_every_point(self):
        root = xml.etree.ElementTree.fromstring(roofline.draw(REPORT))
        circles = root.findall("{http://www.w3.org/2000/svg}circle")
        self.assertEqual(len(circles), 5 + 2, "points and legend")

    def test_nothing_to_draw_is_said(self):
        with self.assertRaises(SystemExit):
            roofline.draw(REPORT | {"models": {}})


if __name__ == "__main__":
    unittest.main()
