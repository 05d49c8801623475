"""What an answer must be to pass as one of OpenAI's, of Open Responses or of Anthropic's: their packages' own models, in their
strict form and without a member that they do not know."""
import pydantic

# Members that stand beside theirs: of a model's entry, because peers have them; of a response, because Open Responses wants
# them, of which OpenAI's package does not know all; of a token in an event, as of one in a chat.
BESIDE = {"context_length", "max_model_len", "capabilities", "meta", "store", "presence_penalty", "frequency_penalty", "bytes"}


def surplus(value, path=""):
    """The paths of members that a model does not know."""
    if isinstance(value, pydantic.BaseModel):
        for name in value.model_extra or {}:
            if name not in BESIDE:
                yield f"{path}.{name}"
        for name in type(value).model_fields:
            yield from surplus(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from surplus(item, f"{path}[{i}]")


def check(model, text):
    """`model` may be a class or a union of them."""
    parsed = pydantic.TypeAdapter(model).validate_json(text, strict=True)
    assert not list(surplus(parsed)), (list(surplus(parsed)), text)
    return parsed


def events(text):
    """The data of a stream of server-sent events, with the events' names."""
    for block in text.split("\n\n"):
        lines = [line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")]
        fields = {line[0]: line[1] for line in lines if len(line) == 2}
        if "data" in fields:
            yield fields.get("event"), fields["data"]
