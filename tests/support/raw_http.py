"""One connection, of which the test decides when each byte is sent."""
import dataclasses
import http.client
import json
import socket
import struct
import time

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, NLMSG_ERROR = 4, 20, 1, 2


@dataclasses.dataclass
class Response:
    status: int
    headers: object
    body: bytes

    def json(self):
        return json.loads(self.body)


def head_bytes(method, path, length=None, headers=None):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode()


def request_bytes(method, path, body=None, headers=None):
    payload = b"" if body is None else json.dumps(body).encode()
    return head_bytes(method, path, None if body is None else len(payload), headers) + payload


def num_unread(client):
    """Bytes that the other end of a connection of this machine has not taken off its socket; 0 where it has closed."""
    (own, own_port), (other, other_port) = client.getsockname(), client.getpeername()
    # struct inet_diag_req_v2 of sock_diag(7) for the one socket that is the other end.
    pair = struct.pack(">HH", other_port, own_port) + b"".join(socket.inet_aton(host).ljust(16, b"\0") for host in (other, own))
    request = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF) + pair + struct.pack("=III", 0, 2**32 - 1, 2**32 - 1)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
        kernel.sendall(struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0) + request)
        answer = kernel.recv(4096)
    kind = struct.unpack_from("=H", answer, 4)[0]
    return 0 if kind == NLMSG_ERROR else struct.unpack_from("=I", answer, 16 + 56)[0]


class RawClient:
    """`address`: of the client; all of 127.0.0.0/8 is this machine."""

    def __init__(self, server, timeout=60, address="127.0.0.1"):
        self.socket = socket.create_connection((server.host, server.port), timeout, (address, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def response(self):
        """Of the request that was sent. Errors: http.client.HTTPException or OSError where none comes."""
        response = http.client.HTTPResponse(self.socket)
        response.begin()
        return Response(response.status, response.headers, response.read())

    def send_and_wait(self, data):
        """Until the other side has taken it off its socket: what is sent then is another packet to it, too."""
        self.send(data)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and num_unread(self.socket) > 0:
            pass

    def closed(self):
        """Whether the other side has closed it, with nothing more to read. Waits for one of both."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def reset(self):
        """Closes with a RST instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.socket.close()
