"""Bodies that do not come to an end, or come slowly."""
import select
import time

import pytest

from raw_http import head_bytes

BODY_BYTES = 1 << 20
ELSEWHERE = "127.0.0.2"
CUT_OFF_S = 120


@pytest.mark.parametrize("address", ["127.0.0.1", ELSEWHERE])
def test_hoarding(tiny_server, scale, attack, address):
    """More unfinished bodies than there are places."""
    with attack(tiny_server) as running:
        num_bodies = scale.of(340, 1000)
        for client in running.clients(num_bodies, address=address):
            client.send(head_bytes("POST", "/v1/completions", BODY_BYTES) + b" " * (100 << 10))
        scale.count(bodies=num_bodies)
        running.let_others_ask(scale.of(20, 300))


def test_hoarding_all_bytes(tiny_server, scale, attack):
    """More bytes of one address than all bodies together may have."""
    with attack(tiny_server) as running:
        num_bodies, size = scale.of(24, 80), 31 << 20
        data = b" " * (1 << 20)
        for client in running.clients(num_bodies, address=ELSEWHERE):
            client.send(head_bytes("POST", "/v1/completions", size))
            try:
                for _ in range(scale.of(23, 30)):
                    client.send(data)
            except OSError:
                pass  # Told to go.
        scale.count(bodies=num_bodies)
        running.let_others_ask(scale.of(20, 300))


def trickle_head(index):
    return b"POST /v1/completions HTTP/1.1\r\n", b"X: y\r\n"


def trickle_body(index):
    return head_bytes("POST", "/v1/completions", BODY_BYTES), b" "


def fast_then_trickle(index):
    """What came fast is no credit for what comes later."""
    return head_bytes("POST", "/v1/completions", BODY_BYTES) + b" " * (BODY_BYTES - 60_000 - index), b" "


def trickle_chunks(index):
    head = head_bytes("POST", "/v1/completions", headers={"Transfer-Encoding": "chunked"})
    return head + b"80000\r\n" + b" " * 0x80000 + b"\r\n", b"1\r\n \r\n"


def trickle_refused(index):
    """The rest of a body that is no longer wanted."""
    return head_bytes("POST", "/none", 60_000) + b" " * 1000, b" "


PATTERNS = [trickle_head, trickle_body, fast_then_trickle, trickle_chunks, trickle_refused]


def test_trickling(tiny_server, scale, attack):
    """Each is cut off in the end, and meanwhile in nobody's way."""
    with attack(tiny_server) as running:
        pieces = {}
        for pattern in PATTERNS:
            for index, client in enumerate(running.clients(scale.of(4, 100), address=ELSEWHERE)):
                begin, pieces[client] = pattern(index)
                client.send(begin)
                client.pattern = pattern.__name__
        scale.count(clients=len(pieces))
        begin = time.monotonic()
        while pieces:
            assert time.monotonic() - begin < CUT_OFF_S, f"not cut off: {sorted({client.pattern for client in pieces})}"
            time.sleep(0.1)
            ended = set(select.select([client.socket for client in pieces], [], [], 0)[0])
            for client in list(pieces):
                try:
                    # An answer is a word of farewell; what counts is the end.
                    over = client.socket in ended and client.socket.recv(1 << 16) == b""
                    client.send(pieces[client])
                except OSError:
                    over = True
                if over:
                    del pieces[client]
                    scale.worst(cut_off_s=time.monotonic() - begin)
        running.let_others_ask(scale.of(5, 50))
