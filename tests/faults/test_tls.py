"""TLS: which suites there are, certificates that change, and clients that do not finish their greeting."""
import socket
import ssl
import subprocess
import time
import warnings

import pytest

from raw_http import request_bytes
from server import Server

RELOAD_S = 60


def make_certificate(folder, name, kind=("rsa:2048",)):
    paths = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", *kind, "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-out", folder / "new-cert", "-keyout", folder / "new-key"],
                   check=True, capture_output=True)
    # As certificate clients do it: each file whole, one after the other.
    (folder / "new-key").rename(paths[1])
    (folder / "new-cert").rename(paths[0])
    return paths


def client_context(version=None, suite=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        with warnings.catch_warnings():  # That it is old is why it is tried.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
    if suite:
        context.set_ciphers(suite + ":@SECLEVEL=0")
    return context


def connect(server, context):
    return context.wrap_socket(socket.create_connection((server.host, server.port), timeout=30))


def certificate_of(server):
    with connect(server, client_context()) as tls:
        return tls.getpeercert(binary_form=True)


@pytest.fixture
def tls_server(tiny_path, tmp_path):
    cert, key = make_certificate(tmp_path, "first")
    with Server("--tls-cert", cert, "--tls-key", key, model=tiny_path) as server:
        server.certificates = tmp_path
        yield server


def test_suites(tls_server, scale):
    everything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    everything.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    taken = []
    for suite in everything.get_ciphers():
        if suite["protocol"] == "TLSv1.3":
            continue
        try:
            with connect(tls_server, client_context(ssl.TLSVersion.TLSv1_2, suite["name"])) as tls:
                taken.append(tls.cipher()[0])
        except (ssl.SSLError, OSError):
            pass
        scale.count(suites=1)
    # With a key of its own for each connection.
    assert taken and all(name.startswith(("ECDHE-", "DHE-")) for name in taken), taken
    with connect(tls_server, client_context(ssl.TLSVersion.TLSv1_3)) as tls:
        assert tls.version() == "TLSv1.3"
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises((ssl.SSLError, OSError)):
            connect(tls_server, client_context(old, "ALL"))


def test_certificates_change(tls_server, scale):
    folder, first = tls_server.certificates, certificate_of(tls_server)
    held = connect(tls_server, client_context())
    for name, kind in (("second", ["rsa:2048"]), ("third", ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])):
        make_certificate(folder, name, kind)
        expected = ssl.PEM_cert_to_DER_cert((folder / "cert.pem").read_text())
        deadline = time.monotonic() + RELOAD_S
        while (shown := certificate_of(tls_server)) != expected:
            assert time.monotonic() < deadline, "the new certificate is not used"
            time.sleep(0.1)
        assert shown != first
        scale.count(certificates=1)
    # What is no certificate changes nothing.
    (folder / "cert.pem").write_text("nothing")
    for _ in range(20):
        assert certificate_of(tls_server) == expected
        time.sleep(0.1)
    # Who was there before goes on.
    held.sendall(request_bytes("GET", "/health"))
    assert held.recv(100).startswith(b"HTTP/1.1 200")
    held.close()


def test_unfinished_greetings(tls_server, scale, attack):
    hello = ssl.MemoryBIO()
    half = client_context().wrap_bio(ssl.MemoryBIO(), hello)
    with pytest.raises(ssl.SSLWantReadError):
        half.do_handshake()
    greeting = hello.read()
    with attack(tls_server) as running:
        for index, client in enumerate(running.clients(scale.of(340, 1000), address="127.0.0.2")):
            client.send([b"", greeting[:index % len(greeting)], greeting, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff"][index % 5])
        scale.count(greetings=scale.of(340, 1000))
        running.let_others_ask(scale.of(10, 100))
