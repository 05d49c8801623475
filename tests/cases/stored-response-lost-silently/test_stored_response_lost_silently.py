"""A response that could not be kept says so."""
import json

from server import Server
from small_disk import SmallDisk


def test_a_full_disk_is_told(tiny_path):
    with SmallDisk(600 << 10) as disk:
        with Server(model=tiny_path, folder=disk.path, wrapper=disk.wrapper) as server:
            ask = {"model": server.model, "input": "x" * 1000, "max_output_tokens": 1}
            kept = server.post("/v1/responses", ask)
            assert kept["store"] is True and server.get("/v1/responses/" + kept["id"])["id"] == kept["id"]
            disk.fill()
            told = 0
            for _ in range(20):
                status, text = server.request("POST", "/v1/responses", ask)
                answer = json.loads(text)
                if status == 200 and answer["store"]:
                    assert server.get("/v1/responses/" + answer["id"])["id"] == answer["id"]
                    continue
                told += 1
                assert status == 200 or (status >= 500 and answer["error"]["message"]), text
            assert told > 0
            disk.free()
            again = server.post("/v1/responses", ask)
            assert again["store"] is True and server.get("/v1/responses/" + again["id"])["id"] == again["id"]
            assert server.get("/v1/responses/" + kept["id"])["id"] == kept["id"]
