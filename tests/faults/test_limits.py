"""Every limit that `ulimit` sets, at many values: an answer, or one error with a code."""
import resource
import signal

import pytest

from limits import Confined, check_run, check_serve
from program import model_path, run_program

KB, MB = 1 << 10, 1 << 20
VALUES = {
    "NOFILE": [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 24, 32, 64, 256],
    "NPROC": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 32],
    "AS": [16 * MB, 24 * MB, *range(32 * MB, 256 * MB, 8 * MB), 300 * MB, 400 * MB, 600 * MB, 1000 * MB],
    "DATA": [64 * KB, 256 * KB, MB, *range(2 * MB, 64 * MB, 4 * MB), 100 * MB, 200 * MB, 400 * MB],
    "STACK": [32 * KB, 64 * KB, 128 * KB, 256 * KB, 512 * KB, MB, 8 * MB, 64 * MB, 1000 * MB],
    "FSIZE": [0, 1, 100, 4 * KB, 32 * KB, 64 * KB, MB],
    "MEMLOCK": [0, 4 * KB, 64 * KB],
    "CORE": [0, 4 * KB, resource.RLIM_INFINITY],
    "RSS": [0, MB],
    "MSGQUEUE": [0],
    "SIGPENDING": [0, 1],
    "NICE": [0, 40],
    "RTPRIO": [0],
    "RTTIME": [0, 1000],
}


@pytest.fixture(scope="module")
def confined():
    with Confined() as place:
        yield place


@pytest.mark.parametrize("name", VALUES)
def test_limits(confined, scale, name):
    values = VALUES[name]
    if not scale.long:
        values = scale.rng.sample(values, min(len(values), 4))
    audit = confined.folder / "audit.log"
    for value in values:
        limits = {name: value}
        if not confined.can_start(limits):
            scale.count(no_program_starts=1)
            continue
        ran = check_run(confined, limits, "-t", 3)
        served = check_serve(confined, limits, "-t", 3, "--audit-log", audit, "--prefix-disk", 1)
        scale.count(tried=2, answered=(ran is not None) + (served is not None))
        if ran is not None:
            assert ran == confined.expected, (limits, ran)
    # What is kept outlives all of it.
    assert check_serve(confined, {}, "--audit-log", audit) == [200] * 3
    assert confined.run("audit", audit, limits={}).returncode == 0


def test_processor_time(tmp_path, scale):
    """A second of it: the system ends the program, which it can do no more about than say so."""
    limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 5))}
    ran = run_program("run", model_path(), "the", "--raw", "-n", 4000, "--ignore-eos", folder=tmp_path, **limit)
    assert ran.returncode in (-signal.SIGXCPU, 6), ran
    assert ran.stdout
    scale.count(tried=1)
