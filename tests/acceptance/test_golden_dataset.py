"""The golden dataset that comes with the sample, run as CI runs it: quoting, with floors."""

import json

import pytest

from tests.acceptance.product import Product

# Below what is measured (docs/evals.md): a change elsewhere fails here when it matters.
FLOORS = {
    "refusal": 0.95,
    "assertions": 0.9,
    "support": 0.97,
    "citations": 0.95,
    "cites_right": 0.9,
    "recall@5": 0.9,
    "mrr@10": 0.9,
    "on_track": 0.97,
    "tone": 1.0,
}


@pytest.mark.timeout(600)
def test_the_golden_examples_hold_and_their_run_passes_its_floors(help_centre: Product) -> None:
    added = json.loads(help_centre.manage("evals", "import", "golden", "--json").stdout)
    assert added["added"] + added["unchanged"] >= 30
    floors = [f"--fail-under={name}={value}" for name, value in FLOORS.items()]
    report = json.loads(help_centre.manage("evals", "run", "golden", "--json", *floors).stdout)
    assert report["passed"]
    assert report["done"] == report["total"] == added["added"] + added["unchanged"]
