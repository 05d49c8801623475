"""More entries than places: served, or refused for good with the limit, never "try again"."""
import re

import pytest

PLACES = 320


@pytest.mark.parametrize("count", [PLACES + 1, 400, 1024])
def test_more_than_there_are_places_is_served(tiny_server, count):
    answer = tiny_server.post("/v1/embeddings", {"model": tiny_server.model, "input": [f"a{i % 10}" for i in range(count)]})
    vectors = [entry["embedding"] for entry in answer["data"]]
    assert [entry["index"] for entry in answer["data"]] == list(range(count))
    assert vectors[:10] * (count // 10) == vectors[:count // 10 * 10]


@pytest.mark.parametrize("path,body,limit", [("/v1/embeddings", {"input": ["a"] * 2049}, 2048),
                                             ("/v1/completions", {"prompt": ["a"] * 5000, "max_tokens": 1}, None)])
def test_what_can_never_be_served_is_refused_for_good(tiny_server, path, body, limit):
    status, error = tiny_server.refused(path, {**body, "model": tiny_server.model})
    assert status == 400 and "again" not in error["message"]
    assert re.search(rf"limit is {limit or '[0-9]+'}", error["message"]), error
