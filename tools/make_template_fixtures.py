#!/usr/bin/env python3
"""Writes tests/fixtures/templates/: what jinja2, set up as transformers does, makes of templates.

language              language.json, of the small templates in template_language_cases.py and expressions.txt
random COUNT SEED     random.json, of templates out of a random grammar
rendered              conversations.json and rendered.json: every template of real.json and own/ with every
                      conversation of template_conversations.py; a text is kept as a hash
show TEMPLATE NAME    prints what jinja2 makes of one template and one conversation
seeds                 ../../../fuzz/corpus/jinja, of the small templates and own/
collect FOLDER        real.json, from packages unpacked side by side in FOLDER (see REAL below)

Needs transformers and jinja2 3.1.6; collect needs nothing.
"""

import argparse
import copy
import datetime
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import template_conversations as conversations  # noqa: E402
import random_templates  # noqa: E402
import template_language_cases as language  # noqa: E402

FIXTURES = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "templates"
NOW = datetime.datetime(2026, 7, 4, 9, 5, 3)
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def oracle():
    from transformers.utils import chat_template_utils
    chat_template_utils.datetime = Clock
    return chat_template_utils


def outcome(render):
    """{"out": text}, {"raised": message} where the template itself refuses, or {"error": kind}."""
    import jinja2
    try:
        return {"out": render()}
    except jinja2.exceptions.TemplateError as error:
        if type(error) is jinja2.exceptions.TemplateError:
            return {"raised": str(error)}
        return {"error": type(error).__name__}
    except Exception as error:
        return {"error": type(error).__name__}


def render_language(template):
    def render():
        try:
            text = oracle()._compile_jinja_template(template).render(**copy.deepcopy(language.CONTEXT))
        except SyntaxError as error:
            raise ValueError from error
        text.encode()
        return text

    return outcome(render)


def is_stable(case):
    """Whether no address in memory is printed."""
    return " at 0x" not in case.get("out", "").lower()


def make_language():
    cases = [{"template": template, **render_language(template)} for template in language.TEMPLATES]
    for expression in expressions():
        template = "{{ " + expression + " }}"
        cases.append({"template": template, **render_language(template)})
    unstable = [case["template"] for case in cases if not is_stable(case)]
    if unstable:
        sys.exit("print an address: " + repr(unstable))
    write("language.json", {"context": language.CONTEXT, "cases": cases})


def make_random(count, seed):
    found = ({"template": template, **render_language(template)} for template in random_templates.random_templates(count, seed))
    write("random.json", {"context": language.CONTEXT, "cases": [case for case in found if is_stable(case)]})


def expressions():
    """The lines of the table; one that ends in a backslash goes on in the next."""
    whole = ""
    for line in (FIXTURES / "expressions.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n"):
        whole += line
        if line.endswith("\\"):
            whole += "\n"
            continue
        yield whole
        whole = ""


def write(name, data):
    lines = [json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in data["cases"]]
    rest = {key: value for key, value in data.items() if key != "cases"}
    head = "{" + "".join(f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False)},\n" for key, value in rest.items())
    text = head + '"cases":[\n' + ",\n".join(lines) + "\n]}\n"
    FIXTURES.mkdir(parents=True, exist_ok=True)
    (FIXTURES / name).write_text(text, encoding="utf-8")
    print(f"{name}: {len(lines)} cases, {len(text.encode())} bytes")


def make_seeds():
    """Seeds for the fuzz target: what renders, the expressions many to a file."""
    folder = FIXTURES.parent.parent.parent / "fuzz" / "corpus" / "jinja"
    folder.mkdir(parents=True, exist_ok=True)
    rendering = [template for template in language.TEMPLATES if template and "out" in render_language(template)]
    printed = ["{{ " + expression + " }}" for expression in expressions()]
    printed = [template for template in printed if "out" in render_language(template)]
    per_file = 20
    groups = [printed[at:at + per_file] for at in range(0, len(printed), per_file)]
    seeds = {f"statement_{i:03}": template for i, template in enumerate(rendering) if i % 4 == 0}
    seeds |= {f"expressions_{i:02}": "\n".join(group) for i, group in enumerate(groups)}
    seeds |= {path.stem: path.read_text(encoding="utf-8") for path in sorted((FIXTURES / "own").glob("*.jinja"))}
    for name, text in seeds.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    print(f"{len(seeds)} seeds")


def templates():
    """(name, text) of every template of the corpus."""
    for entry in json.loads((FIXTURES / "real.json").read_text(encoding="utf-8"))["cases"]:
        yield entry["name"], entry["template"]
    for path in sorted((FIXTURES / "own").glob("*.jinja")):
        yield path.stem, path.read_text(encoding="utf-8")


def render_conversation(template, conversation):
    def render():
        rendered, _ = oracle().render_jinja_template(
            conversations=[conversation["messages"]], tools=conversation.get("tools"),
            documents=conversation.get("documents"), chat_template=template,
            add_generation_prompt=conversation.get("add_generation_prompt", True),
            **TOKENS, **conversation.get("extra", {}))
        rendered[0].encode()
        return rendered[0]

    return outcome(render)


def fnv1a(data):
    """The 64-bit FNV-1a hash, in hexadecimal."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def shortened(result):
    """A hash of the text, "!" and the message where the template refuses, or "!" for another error."""
    if "out" in result:
        return fnv1a(result["out"].encode())
    return "!" + result.get("raised", "")


def make_rendered():
    talks = conversations.CONVERSATIONS
    write("conversations.json", {"tokens": TOKENS, "now": NOW.isoformat(), "cases": talks})
    cases = [{"name": name, "results": [shortened(render_conversation(text, talk)) for talk in talks]}
             for name, text in templates()]
    write("rendered.json", {"cases": cases})
    errors = sum(result.startswith("!") for case in cases for result in case["results"])
    print(f"{len(cases)} templates x {len(talks)} conversations, {errors} refused")


def show(template_name, conversation_name):
    text = dict(templates())[template_name]
    talk = next(talk for talk in conversations.CONVERSATIONS if talk["name"] == conversation_name)
    print(json.dumps(render_conversation(text, talk), ensure_ascii=False, indent=1))


# Templates that models ship, out of packages under the Apache License 2.0: path in FOLDER, then names.
REAL = {
    "trl/chat_templates": """cohere cohere2 deepseek_r1_distill deepseekv3 gemma gemma3 gemma4_v2 gemma4_v5
        glm4moe gptoss idefics3 lfm2 lfm2_2_5_v2 lfm2_v2 llama3 llama3_1 llama3_2 llava_next muse_glimmer
        nemotron_3_5_lightning nemotron_3_nano phi3 phi3_5 qwen2_5 qwen2_5_vl qwen3 qwen3_5_think qwen3_6 qwen3_8
        qwen3_instruct_2507 qwen3_vl smolvlm gemma_training llama3_training qwen3_training""".split(),
    "axolotl/utils/chat_templates/templates": """alpaca aya chatml command_a command_a_tool_use deepseek_v2
        deepseek_v3 exaone exaone4 falcon_h1 gemma3n jamba llama3_2_vision llama4 llava metharme mistral_v1 mistral_v2v3
        mistral_v3_tekken mistral_v7_tekken nemotron_h phi_4 pixtral qwen2_vl qwen3""".split(),
    "lenml": """chatglm3 command_r_plus gemini gpt4 internlm2 minicpm_v4_5 mistral_nemo qwen1_5""".split(),
    "gguf": ["smollm2"],  # of SmolLM2-135M-Instruct, tokenizer.chat_template
}


def collect(folder):
    cases = []
    for path, names in REAL.items():
        for name in names:
            if path == "lenml":
                config = json.loads((folder / path / name / "package/models/tokenizer_config.json").read_text(encoding="utf-8"))
                found = config["chat_template"]
                texts = {name: found} if isinstance(found, str) else {f"{name}.{x['name']}": x["template"] for x in found}
            else:
                texts = {name: (folder / path / f"{name}.jinja").read_text(encoding="utf-8")}
            source = path.split("/")[0]
            cases += [{"name": f"{source}/{key}", "template": text} for key, text in texts.items()]
    write("real.json", {"cases": cases})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["language", "random", "rendered", "show", "seeds", "collect"])
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    if options.what == "language":
        make_language()
    elif options.what == "random":
        make_random(int(options.arguments[0]), options.arguments[1])
    elif options.what == "rendered":
        make_rendered()
    elif options.what == "seeds":
        make_seeds()
    elif options.what == "show":
        show(*options.arguments)
    else:
        collect(pathlib.Path(options.arguments[0]))


if __name__ == "__main__":
    main()
