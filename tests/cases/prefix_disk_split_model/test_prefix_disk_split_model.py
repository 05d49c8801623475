"""Prefixes on disk are those of all parts of a model."""
from gguf_file import GgufFile
from prefix_cache import ask_all, first_found, num_kept, wait_for_identity
from server import Server
from tiny_model import tiny_model


def test_another_second_part_is_another_model(tmp_path):
    first, second = tiny_model(), tiny_model()
    for name, tensor in second.tensors.items():
        if b"ffn_down" in name:
            # The same bytes in another order.
            tensor.data = b"".join(tensor.data[i:i + 4] for i in reversed(range(0, len(tensor.data), 4)))
    (tmp_path / "other").mkdir()
    path, changed_part = first.split(2, tmp_path / "model")
    other, other_part = second.split(2, tmp_path / "other" / "model")
    assert GgufFile(changed_part).tensors != GgufFile(other_part).tensors
    with Server("--prefix-disk", 1, model=path, folder=tmp_path) as server:
        wait_for_identity(server)
        before = ask_all(server)
    assert num_kept(tmp_path) > 0
    with Server("--prefix-disk", 1, model=path, folder=tmp_path) as server:
        seed, found = first_found(server)
        assert found.logprobs == before[seed].logprobs
    changed_part.write_bytes(other_part.read_bytes())
    with Server(model=path) as server:
        fresh = ask_all(server)
    assert all(new.logprobs != old.logprobs for new, old in zip(fresh, before))
    with Server("--prefix-disk", 1, model=path, folder=tmp_path) as server:
        wait_for_identity(server)
        after = ask_all(server)
    assert [answer.cached for answer in after] == [0] * len(after)
    assert [answer.logprobs for answer in after] == [answer.logprobs for answer in fresh]
