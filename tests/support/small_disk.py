"""A file system of a few kilobytes, to be full when a test wants it."""
import contextlib
import errno
import os
import pathlib
import subprocess
import tempfile


@contextlib.contextmanager
def no_space_is_fine():
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


class SmallDisk:
    """Lies at `path` in a mount namespace of its own, where programs run that `wrapper` starts; everybody else sees it at
    `outside`. Nothing is mounted for others and nothing stays. Needs root, or else user namespaces."""

    def __init__(self, num_bytes):
        self.folder = tempfile.TemporaryDirectory(prefix="hearth-disk-")
        self.path = pathlib.Path(self.folder.name)
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        # In a chroot, whose root is no mount, what is mounted for others cannot be changed, and need not be.
        for more in ([], ["--propagation", "unchanged"]):
            if self.hold(num_bytes, ["unshare", "--mount", *user, *more]):
                break
        else:
            raise RuntimeError("no file system of its own for a test: it takes root or user namespaces")
        self.wrapper = ["nsenter", f"--target={self.holder.pid}", "--mount", "--root"]
        if user:
            self.wrapper += ["--user", "--preserve-credentials"]
        self.outside = pathlib.Path(f"/proc/{self.holder.pid}/root{self.path}")
        self.filler = self.outside / "filler"

    def hold(self, num_bytes, enter):
        script = f"mount -t tmpfs -o size={num_bytes},mode=700 tmpfs {self.path} && echo ready && cat; umount -l {self.path}"
        self.holder = subprocess.Popen([*enter, "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
        if self.holder.stdout.readline() == b"ready\n":
            return True
        self.let_go()
        return False

    def let_go(self):
        self.holder.stdin.close()
        self.holder.stdout.close()
        self.holder.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.let_go()
        self.folder.cleanup()

    def fill(self, leave=0):
        """Leaves that many bytes, rounded down to pages."""
        info = os.statvfs(self.outside)
        count = (info.f_bavail - leave // info.f_frsize) * info.f_frsize
        # A program that writes meanwhile takes of the same room: then it is full sooner.
        with no_space_is_fine(), open(self.filler, "ab", buffering=0) as file:
            while count > 0:
                count -= file.write(bytes(min(count, 1 << 20)))

    def free(self):
        self.filler.unlink(missing_ok=True)
