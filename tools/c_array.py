"""Tables of generated C++ sources."""


def write_array(file, name, c_type, items):
    """constexpr `c_type` `name`[] of items as they are spelt, in lines of at most 110 characters."""
    file.write(f"constexpr {c_type} {name}[] = {{\n")
    line = ""
    for item in items:
        text = f"{item},"
        if len(line) + len(text) > 108:
            file.write(f"  {line}\n")
            line = ""
        line += text
    file.write(f"  {line}\n}};\n")
