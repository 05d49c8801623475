"""Reads a GGUF file, changes it in any way, also into one that nobody should write, and writes it again."""
import dataclasses
import math
import pathlib
import struct

SCALARS = {"u8": (0, "B"), "i8": (1, "b"), "u16": (2, "H"), "i16": (3, "h"), "u32": (4, "I"), "i32": (5, "i"),
           "f32": (6, "f"), "bool": (7, "?"), "u64": (10, "Q"), "i64": (11, "q"), "f64": (12, "d")}
SIZES = {number: struct.calcsize(letter) for number, letter in SCALARS.values()}
STRING, ARRAY = 8, 9
F32 = 0


def as_bytes(text):
    return text.encode() if isinstance(text, str) else text


def pack_string(text):
    text = as_bytes(text)
    return struct.pack("<Q", len(text)) + text


def scalar(kind, value):
    number, letter = SCALARS[kind]
    return number, struct.pack("<" + letter, value)


def string(text):
    return STRING, pack_string(text)


def strings(texts):
    return ARRAY, struct.pack("<IQ", STRING, len(texts)) + b"".join(map(pack_string, texts))


@dataclasses.dataclass
class Tensor:
    dims: tuple
    kind: int
    data: bytes


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, letter):
        return struct.unpack("<" + letter, self.take(struct.calcsize(letter)))[0]

    def text(self):
        return self.take(self.number("Q"))

    def value(self, kind):
        """The bytes of a value."""
        begin = self.at
        if kind == STRING:
            self.text()
        elif kind == ARRAY:
            inner, count = self.number("I"), self.number("Q")
            for _ in range(count):
                self.value(inner)
        else:
            self.take(SIZES[kind])
        return self.data[begin:self.at]


class GgufFile:
    """`keys`: name to (type, bytes of the value), in order; `tensors`: name to Tensor. Names are bytes."""

    def __init__(self, path):
        cursor = Cursor(pathlib.Path(path).read_bytes())
        assert cursor.take(8) == b"GGUF\3\0\0\0"
        num_tensors, num_keys = cursor.number("Q"), cursor.number("Q")
        self.keys, self.tensors = {}, {}
        for _ in range(num_keys):
            name, kind = cursor.text(), cursor.number("I")
            self.keys[name] = (kind, cursor.value(kind))
        infos = []
        for _ in range(num_tensors):
            name = cursor.text()
            dims = tuple(cursor.number("Q") for _ in range(cursor.number("I")))
            infos.append((name, dims, cursor.number("I"), cursor.number("Q")))
        begin = math.ceil(cursor.at / 32) * 32
        ends = sorted(offset for *_, offset in infos)[1:] + [len(cursor.data) - begin]
        for (name, dims, kind, offset), end in zip(sorted(infos, key=lambda info: info[3]), ends):
            self.tensors[name] = Tensor(dims, kind, cursor.data[begin + offset:begin + end])

    def set(self, name, value):
        self.keys[as_bytes(name)] = value
        return self

    def write(self, path):
        head = b"GGUF" + struct.pack("<IQQ", 3, len(self.tensors), len(self.keys))
        for name, (kind, value) in self.keys.items():
            head += pack_string(name) + struct.pack("<I", kind) + value
        data = b""
        for name, tensor in self.tensors.items():
            head += pack_string(name) + struct.pack("<I", len(tensor.dims))
            head += struct.pack(f"<{len(tensor.dims)}QIQ", *tensor.dims, tensor.kind, len(data))
            data += tensor.data + bytes(-len(tensor.data) % 32)
        pathlib.Path(path).write_bytes(head + bytes(-len(head) % 32) + data)
        return pathlib.Path(path)

    def split(self, num_parts, stem):
        """Writes the tensors in parts, as llama-gguf-split names them. The parts' paths."""
        names, paths = list(self.tensors), []
        for part in range(num_parts):
            piece = object.__new__(GgufFile)
            piece.keys = dict(self.keys) if part == 0 else {b"general.architecture": self.keys[b"general.architecture"]}
            piece.tensors = {name: self.tensors[name] for name in names[part::num_parts]}
            piece.set("split.no", scalar("u16", part)).set("split.count", scalar("u16", num_parts))
            piece.set("split.tensors.count", scalar("i32", len(names)))
            paths.append(piece.write(f"{stem}-{part + 1:05}-of-{num_parts:05}.gguf"))
        return paths
