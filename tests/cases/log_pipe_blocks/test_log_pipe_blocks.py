"""A log pipe that nobody reads holds nobody up."""
import fcntl
import os

from server import Server

# Many times what the smallest pipe holds.
NUM_REQUESTS = 400
PIPE_BYTES = 4096


def test_requests_and_the_end_do_not_wait_for_a_reader(tiny_path):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    server = Server(model=tiny_path, quiet=False, stderr=writer)
    try:
        for index in range(NUM_REQUESTS):
            assert server.request("GET", f"/v1/models?{index}", timeout=20)[0] == 200
        assert server.request("GET", "/health", timeout=20)[0] == 200
        server.stop()
    finally:
        server.kill()
        os.close(reader)
        os.close(writer)
