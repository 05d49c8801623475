"""Behind a router that writes its own parameters into every request."""
import subprocess
import sys
import time
import urllib.error
import urllib.request

import openai
import pytest

from ports import free_ports

ROUTER = """
import sys
from vllm_router.router import Router
from vllm_router.router_args import RouterArgs
worker, port, figures = sys.argv[1:]
Router.from_args(RouterArgs(worker_urls=[worker], host="127.0.0.1", port=int(port), policy="round_robin",
                            prometheus_port=int(figures))).start()
"""
CHAT = [{"role": "user", "content": "Write one sentence about Paris."}]


@pytest.fixture(scope="module")
def router(server, tmp_path_factory):
    port, figures = free_ports(2)
    log = tmp_path_factory.mktemp("router") / "log"
    with open(log, "wb") as out:
        process = subprocess.Popen([sys.executable, "-c", ROUTER, server.url, str(port), str(figures)],
                                   stdout=out, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(url + "/health", timeout=5)
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_answers_are_those_of_the_server(server, router):
    direct, routed = (openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0) for url in (server.url, router))
    assert [model.id for model in routed.models.list()] == [server.model]
    ask = dict(model=server.model, messages=CHAT, temperature=0, max_tokens=16)
    whole = direct.chat.completions.create(**ask).choices[0].message.content
    assert routed.chat.completions.create(**ask).choices[0].message.content == whole
    assert routed.chat.completions.create(**ask, tools=[], tool_choice="auto").choices[0].message.content == whole
    streamed = routed.chat.completions.create(**ask, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed if chunk.choices) == whole
    ask = dict(model=server.model, prompt="The capital of France is", temperature=0, max_tokens=8)
    assert routed.completions.create(**ask).choices[0].text == direct.completions.create(**ask).choices[0].text
    assert routed.responses.create(model=server.model, input="Hello", max_output_tokens=4).output_text
    with pytest.raises(openai.BadRequestError) as caught:
        routed.chat.completions.create(model=server.model, messages=CHAT, temperature=-1)
    assert "temperature" in str(caught.value)
