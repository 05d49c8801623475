"""Pulls that are killed at any time, and disks that are full."""
import json
import os
import random
import signal
import subprocess

from hub_server import HubServer, Repository
from program import own_environment, program, run_program
from small_disk import SmallDisk
from store import Store

CHUNK, CONNECTIONS = 64_000, 3


def start(store, hub, *options):
    environment = own_environment(store.folder.parent, {**hub.environment, **store.environment})
    return subprocess.Popen([program(), "pull", "hf.co/user/model", "--json", "--chunk-size", str(CHUNK), "--connections",
                             str(CONNECTIONS), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def test_killed_pulls_go_on(scale, tmp_path):
    """What is lost by a kill is no more than one chunk of each connection; the file is right in the end."""
    kills = scale.of(6, 200)
    content = scale.rng.randbytes(kills * 400_000)
    with HubServer({"user/model": Repository({"m-Q4_K_M.gguf": content})}, bytes_per_second=4_000_000) as hub:
        store = Store(tmp_path / "store")
        killed, seen = 0, 0
        while killed < kills:
            process = start(store, hub)
            # Some way on from where it was, then at any time.
            wanted = seen + scale.rng.randrange(1, 300_000)
            for line in process.stdout:
                told = json.loads(line)
                assert told.get("completed", seen) >= seen or told.get("completed", 0) >= seen - CONNECTIONS * CHUNK
                if told.get("completed", 0) >= wanted:
                    break
            if process.poll() is None:
                process.kill()
                killed += 1
            process.communicate()
            partial = store.check()
            if process.returncode == 0:
                break
            assert process.returncode == -signal.SIGKILL
            seen = max((int(words[2]) for name in partial if name.endswith("journal")
                        for words in map(str.split, (store.folder / "blobs" / name).read_text().splitlines())
                        if words[:1] == ["w"] and len(words) == 3), default=seen)
        process = start(store, hub)
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        assert store.check() == []
        assert store.files("hf.co/user/model/latest")["m-Q4_K_M.gguf"] == content
        lost = hub.num_sent - len(content)
        # A probe of a byte for each start, and what a socket had taken of an answer that nobody read.
        in_sockets = CONNECTIONS * 16384
        assert lost <= (killed + 1) * (CONNECTIONS * CHUNK + in_sockets), (lost, killed)
        scale.count(kills=killed, bytes=len(content), fetched_again=max(lost, 0))


def test_a_full_disk_is_said_before_the_first_byte(tmp_path):
    content = random.Random(1).randbytes(3_000_000)
    with HubServer({"user/model": Repository({"m-Q4_K_M.gguf": content})}) as hub, SmallDisk(2 << 20) as disk:
        store = Store(disk.path / "store")
        done = run_program("pull", "hf.co/user/model", folder=tmp_path, wrapper=disk.wrapper,
                           environment={**hub.environment, **store.environment})
        assert done.returncode == 8, done.stderr
        assert b"bytes left" in done.stderr
        assert hub.content_requests == []


def test_a_disk_that_fills_meanwhile_is_named_and_the_pull_goes_on_later(tmp_path):
    content = random.Random(2).randbytes(3_000_000)
    with HubServer({"user/model": Repository({"m-Q4_K_M.gguf": content})}) as hub, SmallDisk(32 << 20) as disk:
        store = Store(disk.path / "store")
        more = {"folder": tmp_path, "wrapper": disk.wrapper, "environment": {**hub.environment, **store.environment}}
        done = run_program("pull", "hf.co/user/model", folder=tmp_path, wrapper=["prlimit", "--fsize=2000000", *disk.wrapper],
                           environment=more["environment"])
        assert done.returncode == 8, done.stderr
        assert b"ulimit -f" in done.stderr
        done = run_program("pull", "hf.co/user/model", **more)
        assert done.returncode == 0, done.stderr


def test_a_store_that_cannot_be_written(tmp_path):
    with HubServer({"user/model": Repository({"m-Q4_K_M.gguf": b"x" * 5000})}) as hub:
        store = Store(tmp_path / "store")
        (store.folder / "blobs").mkdir(parents=True)
        script = f"mount --bind {store.folder} {store.folder} && mount -o remount,ro,bind {store.folder} && exec \"$@\""
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        done = run_program("pull", "hf.co/user/model", folder=tmp_path, environment={**hub.environment, **store.environment},
                           wrapper=["unshare", "--mount", *user, "sh", "-c", script, "sh"])
        assert done.returncode == 8, done.stderr
        assert b"Read-only file system" in done.stderr and str(store.folder).encode() in done.stderr
        assert store.check() == []
