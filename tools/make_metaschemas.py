#!/usr/bin/env python3
"""Writes src/grammar/schema/metaschemas.inc: the metaschemas of JSON Schema's drafts, without what does not validate.

Needs the Python package jsonschema-specifications.
"""

import json
import pathlib

import jsonschema_specifications

ANNOTATIONS = ("title", "description", "$comment", "default", "examples")
MAPS = ("properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies")
DRAFTS = ("draft-04", "draft-06", "draft-07", "2019-09", "2020-12")


def stripped(schema):
    if isinstance(schema, list):
        return [stripped(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key in MAPS:
            out[key] = {name: stripped(item) for name, item in value.items()}
        elif key not in ANNOTATIONS and key not in ("format", "$vocabulary"):
            out[key] = stripped(value)
    return out


def main():
    lines = []
    for uri in jsonschema_specifications.REGISTRY:
        contents = jsonschema_specifications.REGISTRY[uri].contents
        if not any(draft in uri for draft in DRAFTS):
            continue
        text = json.dumps(stripped(contents), separators=(",", ":"))
        lines.append(f'{{"{uri.rstrip("#")}", R"json({text})json"}},\n')
    header = "// Written by tools/make_metaschemas.py: change that, not this.\n// clang-format off\n"
    path = pathlib.Path(__file__).parent.parent / "src/grammar/schema/metaschemas.inc"
    path.write_text(header + "".join(sorted(lines)) + "// clang-format on\n")


if __name__ == "__main__":
    main()
