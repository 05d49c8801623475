"""A limit of the system that is too low is one error and a code, at start too."""
import pytest

from limits import Confined, check_run, check_serve

CASES = [{"NPROC": count} for count in range(1, 7)] + [{"NOFILE": 10}, {"AS": 100 << 20}]


@pytest.fixture(scope="module")
def confined():
    with Confined() as place:
        yield place


@pytest.mark.parametrize("limits", CASES, ids=str)
def test_says_why(confined, limits):
    check_run(confined, limits, "-t", 4)
    check_serve(confined, limits, "-t", 4)


def test_without_limits_it_answers(confined):
    assert check_run(confined, {}, "-t", 4)
    assert check_serve(confined, {}, "-t", 4) == [200] * 3
