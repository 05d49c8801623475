"""A model that was changed in place, with its size and time kept, is another model."""
import os
import struct

from gguf_file import GgufFile
from prefix_cache import ask_all, first_found, num_kept, wait_for_identity
from server import Server
from tiny_model import tiny_model


PADDING = 8 << 20


def padded_model():
    """So large that nobody who reads here and there sees what is changed."""
    return tiny_model().set("general.padding", (9, struct.pack("<IQ", 0, PADDING) + bytes(PADDING)))


def change_in_place(path):
    """Swaps neighbours in one row in ten of a product."""
    info = path.stat()
    file = GgufFile(path)
    tensor = file.tensors[b"blk.0.attn_v.weight"]
    row = 4 * tensor.dims[0]
    data = bytearray(tensor.data)
    for at in range(0, len(data), 10 * row):
        data[at:at + 8] = data[at + 4:at + 8] + data[at:at + 4]
    tensor.data = bytes(data)
    file.write(path.with_suffix(".new"))
    changed = path.with_suffix(".new").read_bytes()
    assert len(changed) == info.st_size and changed != path.read_bytes()
    with open(path, "r+b") as old:
        old.write(changed)
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (info.st_size, info.st_mtime_ns)


def test_no_prefix_of_the_former_weights_counts(tmp_path):
    path = padded_model().write(tmp_path / "model.gguf")
    with Server("--prefix-disk", 1, model=path, folder=tmp_path) as server:
        wait_for_identity(server)
        before = ask_all(server)
    assert num_kept(tmp_path) > 0
    with Server("--prefix-disk", 1, model=path, folder=tmp_path) as server:
        seed, found = first_found(server)
        assert found.logprobs == before[seed].logprobs
    change_in_place(path)
    with Server(model=path) as server:
        fresh = ask_all(server)
    assert all(new.logprobs != old.logprobs for new, old in zip(fresh, before))
    with Server("--prefix-disk", 1, model=path, folder=tmp_path) as server:
        wait_for_identity(server)
        after = ask_all(server)
    assert [answer.cached for answer in after] == [0] * len(after)
    assert [answer.logprobs for answer in after] == [answer.logprobs for answer in fresh]
