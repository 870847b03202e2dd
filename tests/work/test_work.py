"""
The guard of speed: one login by password and appended code may not take more than it did.

It counts in a process of its own, where no other test has been and coverage does not count too.
"""

import os
import subprocess
import sys

import pytest

from tests.work import baseline
from tests.work.counter import PROJECT, Counting, Work


def counted():
    """Give what one login takes now."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COVERAGE_", "PYTHON"))
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.work"],
        env=ours | {"PYTHONHASHSEED": "0"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert 0 == ran.returncode, ran.stderr
    return baseline.read(ran.stdout)


@pytest.mark.skipif(
    not baseline.FILE.exists(), reason=f"no baseline; this records one: {baseline.COMMAND}"
)
def test_a_login_takes_no_more_work_than_it_did():
    """PAP with an appended TOTP, from datagram to reply, record and log line: at most 5 % more."""
    grown = baseline.growth(baseline.read(baseline.FILE.read_text()), counted())
    assert not grown, f"\n{grown}"


def work(**functions):
    """Give work by function: a number of instructions, and a tenth as many calls."""
    done = Work()
    for name, number in functions.items():
        done.instructions[f"proxy/x.py {name}"] = number
        done.calls[f"proxy/x.py {name}"] = number // 10
    return done


def test_growth_up_to_the_bound_passes():
    """Five percent are nothing, and less work is never too much."""
    assert "" == baseline.growth(work(a=1000, b=1000), work(a=1100, b=1000))
    assert "" == baseline.growth(work(a=1000, b=1000), work(a=1000))


def test_a_count_that_has_lost_its_login_does_not_pass():
    """Less than half of the baseline is no gain: something is not counted any more."""
    told = baseline.growth(work(a=1000, b=1000), work(a=990)).splitlines()
    assert told[0].startswith("instructions of a login fell from 2000 to 990:")
    assert told[-1].endswith(baseline.COMMAND)


def test_growth_beyond_it_says_by_how_much_and_where():
    """The functions that grew most come first, new ones too; those that did not are not named."""
    told = baseline.growth(work(a=1000, b=1000, c=10), work(a=1010, b=1000, new=400)).splitlines()
    assert told[0].startswith("instructions of a login grew by 19.9%, from 2010 to 2410;")
    assert ["+400 to 400 proxy/x.py new", "+10 to 1010 proxy/x.py a"] == [
        " ".join(line.split()) for line in told[1:3]
    ]
    assert told[3].startswith("calls of a login grew by")
    assert told[-1].endswith(baseline.COMMAND)


def test_a_baseline_is_read_as_it_was_written():
    """The file holds every function."""
    assert work(a=20, b=10) == baseline.read(baseline.write(work(a=20, b=10)))


def _three(value):
    return len(value) + _left_out(value)


def _left_out(value):
    return max(map(abs, value))


def test_files_are_left_out_by_their_place_in_the_project():
    """Wherever the clone is: a folder of the same name above it leaves nothing out."""
    for without, counted in ((("tests/",), False), ((f"{PROJECT.name}/tests/",), True)):
        with Counting(without) as counting:
            _three([1, 2, 3])
        assert counted == ("tests/work/test_work.py _three" in counting.work.calls)


def test_what_is_left_out_is_not_counted():
    """Nor is what it calls; the call of C beside it is."""
    before = sys.gettrace(), sys.getprofile()
    for _ in range(2):
        with Counting(without=[_left_out]) as counting:
            _three([1, 2, 3])
    assert before == (sys.gettrace(), sys.getprofile())
    calls = counting.work.calls
    name = "tests/work/test_work.py {}".format
    assert (2, 0) == (calls[name("_three")], calls[name("_left_out")])
    assert [name("_three")] == [one for one in calls if "test_work.py _" in one]
    assert counting.work.instructions[name("_three")] > 5
