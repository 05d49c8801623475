import os

# No client may look for anything outside this machine.
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_TELEMETRY="False", LANGSMITH_TRACING="false",
                  NO_PROXY="127.0.0.1,localhost")
for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(name, None)

import pytest  # noqa: E402

from server import Server  # noqa: E402


@pytest.fixture(scope="session")
def server():
    running = Server("--max-running", "64", "--max-queue", "2048")
    yield running
    running.stop()
