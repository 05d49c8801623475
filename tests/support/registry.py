"""Debian's docker-registry on loopback, with TLS and tokens where that is wanted."""
import base64
import contextlib
import datetime
import http.server
import ipaddress
import json
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from ports import free_ports

START_S = 60
SERVICE, ISSUER = "registry of the tests", "issuer of the tests"


class Certificate:
    """A certificate of 127.0.0.1 that vouches for itself."""

    def __init__(self, folder):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.datetime.now(datetime.timezone.utc)
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        self.certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
                            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                            .not_valid_after(now + datetime.timedelta(days=30)).add_extension(address, False)
                            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
                            .sign(self.key, hashes.SHA256()))
        self.path, self.key_path = folder / "certificate.pem", folder / "key.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        self.key_path.write_bytes(self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                         serialization.NoEncryption()))


class TokenHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self.server.requests.append((self.path, self.headers.get("Authorization")))
        access = []
        for scope in query.get("scope", []):
            kind, name, actions = scope.split(":", 2)
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        certificate = self.server.certificate
        chain = base64.b64encode(certificate.certificate.public_bytes(serialization.Encoding.DER)).decode()
        token = jwt.encode({"iss": ISSUER, "aud": SERVICE, "sub": "", "exp": now + 300, "nbf": now - 10, "iat": now,
                            "jti": str(now), "access": access}, certificate.key, "RS256", {"x5c": [chain]})
        body = json.dumps({"token": token}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Registry:
    """`tls`: with a certificate, whose file is at `certificate.path`; `tokens`: it wants tokens of another server."""

    def __init__(self, tls=False, tokens=False):
        program = shutil.which("docker-registry") or "/usr/bin/docker-registry"
        self.folder = tempfile.TemporaryDirectory(prefix="hearth-registry-")
        folder = pathlib.Path(self.folder.name)
        self.certificate = Certificate(folder) if tls or tokens else None
        self.port = free_ports(1)[0]
        self.host = f"127.0.0.1:{self.port}"
        self.scheme = "https" if tls else "http"
        config = {"version": 0.1, "log": {"level": "error", "accesslog": {"disabled": True}},
                  "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
                  "http": {"addr": self.host}}
        if tls:
            config["http"]["tls"] = {"certificate": str(self.certificate.path), "key": str(self.certificate.key_path)}
        self.token_server = None
        if tokens:
            self.start_tokens()
            config["auth"] = {"token": {"realm": f"https://{self.token_host}/token", "service": SERVICE, "issuer": ISSUER,
                                        "rootcertbundle": str(self.certificate.path)}}
        (folder / "config.yml").write_text(json.dumps(config))
        self.process = subprocess.Popen([program, "serve", folder / "config.yml"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.wait()

    def start_tokens(self):
        self.token_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TokenHandler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.path, self.certificate.key_path)
        self.token_server.socket = context.wrap_socket(self.token_server.socket, server_side=True)
        self.token_server.requests, self.token_server.certificate = [], self.certificate
        self.token_host = f"127.0.0.1:{self.token_server.server_port}"
        self.token_thread = threading.Thread(target=self.token_server.serve_forever, args=(0.05,))
        self.token_thread.start()

    def get(self, path):
        context = ssl._create_unverified_context()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        return opener.open(f"{self.scheme}://{self.host}{path}", timeout=10)

    def wait(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                try:
                    self.get("/v2/")
                    return
                except urllib.error.HTTPError as error:
                    assert error.code == 401, error
                    return
            assert self.process.poll() is None, "docker-registry has ended"
            time.sleep(0.02)
        raise RuntimeError("docker-registry does not answer")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        if self.token_server:
            self.token_server.shutdown()
            self.token_server.server_close()
            self.token_thread.join()
        self.folder.cleanup()
