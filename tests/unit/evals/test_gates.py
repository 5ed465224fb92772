"""Bounds that a run must keep."""

import pytest

from supportapp.evals import gates
from supportapp.evals.gates import BadGate
from supportapp.evals.models import Run


@pytest.fixture
def run() -> Run:
    return Run(figures={"scorers": {"support": {"mean": 0.9}, "milliseconds": {"mean": 800.0}}})


def test_a_mean_below_its_bound_fails_and_so_does_a_scorer_that_said_nothing(run: Run):
    bounds = gates.parse(["support=0.95", "tone=1", "milliseconds=500"])
    assert gates.faults(run, bounds, None) == [
        "support is 0.900, below 0.95",
        "tone said nothing",
        "milliseconds is 800.000, above 500",
    ]


def test_a_run_that_keeps_its_bounds_has_no_fault(run: Run):
    assert gates.faults(run, gates.parse(["support=0.9", "milliseconds=1000"]), None) == []


@pytest.mark.parametrize("given", ["suport=1", "support", "support=", "support=nan", "support=x"])
def test_a_bound_that_cannot_be_read_is_refused(given: str):
    with pytest.raises(BadGate):
        gates.parse([given])
