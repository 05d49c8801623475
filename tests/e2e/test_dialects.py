"""What clients get to see of the server's manners: errors that help, notes, further names of the model, headers for pages."""
import anthropic
import openai
import pytest

from program import TINY_MODELS
from server import Server

CHAT = [{"role": "user", "content": "Hello"}]


@pytest.fixture(scope="module")
def claude(server):
    return anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0)


@pytest.mark.parametrize("base", ["", "/v1/v1", "/openai/v1", "/v1/chat/completions"])
def test_a_wrong_base_url_is_named(server, base):
    client = openai.OpenAI(base_url=server.url + base, api_key="none", max_retries=0)
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model=server.model, messages=CHAT)
    assert '"/v1/chat/completions"' in caught.value.message and "base URL" in caught.value.message


def test_a_wrong_base_url_is_named_in_anthropics_shape(server):
    client = anthropic.Anthropic(base_url=server.url + "/v1", api_key="none", max_retries=0)
    with pytest.raises(anthropic.NotFoundError) as caught:
        client.messages.create(model=server.model, messages=CHAT, max_tokens=1)
    assert caught.value.body["error"]["type"] == "not_found_error"
    assert '"/v1/messages"' in caught.value.body["error"]["message"]


def test_an_unknown_model_names_those_there_are(server, claude):
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-4o", messages=CHAT)
    assert server.model in caught.value.message and "--alias" in caught.value.message
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.models.retrieve("claude")
    assert server.model in caught.value.body["error"]["message"]


def test_anthropics_list_of_models(server, claude):
    assert [model.id for model in claude.models.list()] == [server.model]
    assert claude.models.retrieve(server.model).display_name == server.model


def test_aliases_are_listed_and_served():
    with Server("--alias", "gpt-4o", "--alias", "org/name:tag", model=TINY_MODELS / "llama3.gguf") as server:
        client = openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)
        assert [model.id for model in client.models.list()] == ["llama3", "gpt-4o", "org/name:tag"]
        answers = [client.completions.create(model=name, prompt=[5, 6, 7], max_tokens=3, temperature=0)
                   for name in ("llama3", "gpt-4o", "org/name:tag")]
        assert [answer.model for answer in answers] == ["llama3", "gpt-4o", "org/name:tag"]
        assert len({answer.choices[0].text for answer in answers}) == 1
        assert len({answer.system_fingerprint for answer in answers}) == 1
        assert client.models.retrieve("org/name:tag").id == "org/name:tag"
        claude = anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0)
        page = claude.models.list(limit=2)
        assert page.has_more and [model.id for model in page] == ["llama3", "gpt-4o", "org/name:tag"]


def test_what_is_left_aside_is_told_in_a_header(server, claude):
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)
    ask = dict(model=server.model, messages=CHAT, max_tokens=2, reasoning_effort="high", verbosity="low")
    raw = client.chat.completions.with_raw_response.create(**ask)
    assert "reasoning_effort: left aside" in raw.headers["hearth-note"] and "verbosity: " in raw.headers["hearth-note"]
    with client.chat.completions.with_streaming_response.create(**ask, stream=True) as streamed:
        assert "reasoning_effort: left aside" in streamed.headers["hearth-note"]
    raw = claude.messages.with_raw_response.create(
        model=server.model, messages=CHAT, max_tokens=2, thinking={"type": "enabled", "budget_tokens": 1024})
    assert "thinking: left aside" in raw.headers["hearth-note"]
    raw = client.responses.with_raw_response.create(
        model=server.model, input="Hello", max_output_tokens=2, reasoning={"effort": "low"}, text={"verbosity": "low"})
    assert "reasoning.effort: left aside" in raw.headers["hearth-note"]
    assert "hearth-note" not in client.chat.completions.with_raw_response.create(
        model=server.model, messages=CHAT, max_tokens=2).headers


def test_anthropics_betas(server, claude):
    answer = claude.beta.messages.create(
        model=server.model, max_tokens=2, betas=["context-management-2025-06-27"], messages=[
            {"role": "user", "content": [{"type": "text", "text": "Hello", "cache_control": {"type": "ephemeral"}}]}],
        context_management={"edits": [{"type": "clear_tool_uses_20250919"}]}, metadata={"user_id": "u"},
        service_tier="auto", tools=[], thinking={"type": "disabled"}, output_config={"effort": "medium"})
    assert answer.content[0].type == "text"
