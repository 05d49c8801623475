"""What two readers of HTTP could understand differently is refused, however it is cut into packets."""
import socket

import pytest

from raw_http import RawClient

LINE = b"POST /v1/completions HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"
INNER = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEADS = {
    "length and chunked": LINE + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": LINE + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": LINE + HOST + b"Content-Length: 0\r\nContent-Length: 46\r\n\r\n",
    "the same length twice": LINE + HOST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "lengths in a list": LINE + HOST + b"Content-Length: 0, 46\r\n\r\n",
    "signed length": LINE + HOST + b"Content-Length: +0\r\n\r\n",
    "hexadecimal length": LINE + HOST + b"Content-Length: 0x0\r\n\r\n",
    "folded length": LINE + HOST + b"Content-Length: 0\r\n 46\r\n\r\n",
    "folded value": LINE + HOST + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "folded by a tab": LINE + HOST + b"X: a\r\n\tb\r\nContent-Length: 0\r\n\r\n",
    "folded host": LINE + b"Host: localhost\r\n evil\r\nContent-Length: 0\r\n\r\n",
    "folded first header": LINE + b" X: a\r\n" + HOST + b"Content-Length: 0\r\n\r\n",
    "folded encoding": LINE + HOST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "other encoding": LINE + HOST + b"Transfer-Encoding: xchunked\r\n\r\n",
    "two encodings": LINE + HOST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "blank before the colon": LINE + HOST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "bare line feed": LINE + HOST + b"X: a\nContent-Length: 46\r\n\r\n",
    "zero byte": LINE + HOST + b"X: a\0b\r\nContent-Length: 0\r\n\r\n",
    "two hosts": LINE + HOST + b"Host: other\r\nContent-Length: 0\r\n\r\n",
    "no host": LINE + b"Content-Length: 0\r\n\r\n",
    "no colon": LINE + HOST + b"Content-Length 0\r\n\r\n",
    "chunk size of a sign": LINE + HOST + b"Transfer-Encoding: chunked\r\n\r\n-0\r\n\r\n",
    "chunk size with a prefix": LINE + HOST + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "chunk size too large": LINE + HOST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n",
    "chunk without its end": LINE + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}GET",
    "encoding in HTTP/1.0": LINE.replace(b"1.1", b"1.0") + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


def answers(server, pieces):
    """The statuses of all that comes back until the server closes."""
    with RawClient(server, timeout=30) as client:
        received = b""
        try:
            for piece in pieces:
                client.send_and_wait(piece)
            while data := client.socket.recv(1 << 16):
                received += data
        except (ConnectionResetError, BrokenPipeError):
            pass
        except socket.timeout:
            raise AssertionError(f"neither an answer nor an end: {received!r}") from None
    return [int(line.split()[1]) for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def cuts(head, scale):
    """In one packet; in two, cut at every place or at some; in lines, cut before, within and behind their ends, or byte by
    byte."""
    yield [head + INNER]
    places = range(1, len(head))
    for place in places if scale.long else scale.rng.sample(places, 6):
        yield [head[:place], head[place:] + INNER]
    lines = head.split(b"\r\n")
    yield [part for line in lines[:-1] for part in (line + b"\r", b"\n")] + [lines[-1] + INNER]
    yield [part for line in lines[:-1] for part in (line, b"\r\n") if part] + [lines[-1] + INNER]
    yield [line + b"\r\n" for line in lines[:-1]] + [lines[-1] + INNER]
    if scale.long:
        yield [head[i:i + 1] for i in range(len(head))] + [INNER]


@pytest.mark.parametrize("what", HEADS)
def test_smuggling(tiny_server, scale, what):
    for pieces in cuts(HEADS[what], scale):
        found = answers(tiny_server, pieces)
        # Nothing of what was smuggled is answered: 200 would be the models.
        assert len(found) <= 1 and all(status in (400, 413, 501) for status in found), (what, pieces, found)
        # Cut, it is what it is whole: told so, not only hung up on.
        assert found, (what, pieces)
        scale.count(heads=1)
    assert tiny_server.request("GET", "/health")[0] == 200
