"""What clients send after a tool call, on a template that adds the content to a string: null is no text."""
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent


def test_null_beside_tool_calls_is_no_text(default_server):
    body = json.loads((FOLDER / "body.json").read_text())
    prompt = default_server.post("/apply-template", {"messages": body["messages"]})["prompt"]
    assert prompt.endswith("<|im_start|>user\nroot of 4?<|im_end|>\n<|im_start|>assistant\n<|im_end|>\n"
                           "<|im_start|>tool\n2<|im_end|>\n<|im_start|>assistant\n")
    whole = default_server.post("/v1/chat/completions", body)
    assert whole["choices"][0]["finish_reason"] in ("length", "stop")


def test_every_route_reads_the_same_conversation(default_server):
    chat = default_server.post("/v1/chat/completions", json.loads((FOLDER / "body.json").read_text()))
    response = default_server.post("/v1/responses", json.loads((FOLDER / "responses.json").read_text()))
    messages = [{"role": "user", "content": "root of 4?"},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "sqrt", "input": {"x": 4}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "2"}]}]
    counted = default_server.post("/v1/messages/count_tokens", {"messages": messages})
    assert chat["usage"]["prompt_tokens"] == response["usage"]["input_tokens"] == counted["input_tokens"]


def test_content_may_be_absent_or_empty(default_server):
    body = json.loads((FOLDER / "body.json").read_text())
    prompts = set()
    for change in ({"content": None}, {"content": ""}, {"content": []}, {}):
        messages = [dict(message) for message in body["messages"]]
        del messages[1]["content"]
        messages[1].update(change)
        prompts.add(default_server.post("/apply-template", {"messages": messages})["prompt"])
    assert len(prompts) == 1
