"""One connection, of which the test decides when each byte is sent."""
import dataclasses
import http.client
import json
import pathlib
import socket
import struct
import time


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
        ports = [f":{port:04X}" for port in (self.socket.getpeername()[1], self.socket.getsockname()[1])]
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for line in pathlib.Path("/proc/net/tcp").read_text().splitlines():
                fields = line.split()
                if fields[1].endswith(ports[0]) and fields[2].endswith(ports[1]):
                    if int(fields[4].split(":")[1], 16) == 0:
                        return
                    break
            else:
                return  # It has closed.

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
