"""The files that the lint checks read."""
import pathlib
import subprocess


def source_files(root):
    """Names, from `root`, of the tracked files and of new files that git does not ignore."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"], check=True,
                            capture_output=True, text=True).stdout
    return sorted(name for name in set(listed.split("\0")) if name and (pathlib.Path(root) / name).is_file())


def report(check, faults):
    """Prints the faults that `check` found; the exit status."""
    found = list(faults)
    print("\n".join(found) if found else f"{check}: clean")
    return bool(found)
