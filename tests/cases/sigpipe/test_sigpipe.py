"""A log reader that goes away takes nothing with it."""
import os

from server import Server


def test_the_server_goes_on_without_readers(tiny_path):
    reader, writer = os.pipe()
    with Server(model=tiny_path, quiet=False, stderr=writer) as server:
        os.close(writer)
        server.get("/v1/models")
        assert os.read(reader, 1)
        os.close(reader)
        # Its standard output, too.
        server.process.stdout.close()
        for _ in range(5):
            server.get("/v1/models")
