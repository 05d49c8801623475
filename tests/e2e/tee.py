"""Stands between a client and a server, and keeps what the server sends."""
import socket
import threading


class Tee:
    """Passes connections on to a port of this machine. `received` is all that came back over any of them."""

    def __init__(self, port):
        self.target = port
        self.received = bytearray()
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            for source, sink, keep in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass, args=(source, sink, keep), daemon=True).start()

    def _pass(self, source, sink, keep):
        try:
            while data := source.recv(1 << 16):
                if keep:
                    with self.changed:
                        self.received += data
                        self.changed.notify_all()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

    def count(self, text):
        with self.changed:
            return self.received.count(text)

    def close(self):
        self.listener.close()
