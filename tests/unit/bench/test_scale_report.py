"""What `python -m bench.scale` writes: targets held and missed, and what wasn't measured."""

from typing import Any

from bench.scale import report


def spent(p50: float, p95: float) -> dict[str, float]:
    return {"p50": p50, "p95": p95, "p99": p95}


def results(**more: Any) -> dict[str, Any]:
    kind = {"questions": 9, "embedding": spent(4, 5), "search": spent(10, 20)}
    searching = {**kind, "kinds": {"last message alone": kind}, "stages": {"vector": spent(3, 4)}}
    return {
        "searching-10000": searching,
        "circumstances": {"searching-10000": {"load": 0.5, "seconds": 9}},
        **more,
    }


def line(results: dict[str, Any], start: str) -> str:
    (found,) = [each for each in report.lines(results) if each.startswith(start)]
    return found


def test_a_search_is_held_to_its_embedding_and_to_its_own_median():
    assert line(results(), "| 10,000 | **all**, 9 ").endswith("| 11.0: held | 30.0: held |")


def test_a_peer_is_compared_with_our_search_of_the_same_message():
    peer = {"label": "Peer", "questions": 5, "index_seconds": 60, **spent(95, 120)}
    found = line(results(**{"peers-10000-some-peer": peer}), "| 10,000 | Peer ")
    assert found == "| 10,000 | Peer | 5 | 95 | 120 | 60 s | 9.5: **missed** |"


def test_what_was_not_measured_is_named():
    assert "Not measured: freshness." in report.lines(results())


def test_a_change_of_models_says_what_those_who_asked_noticed():
    made = {
        "passages": 2000, "asked": {"first": 1200, "second": 80}, "without_evidence": 0,
        "without_vectors": 0, "search": spent(30, 60), "filled_per_second": 90.5,
        "switch_ms": 5.0, "rollback_ms": 4.0, "remove_ms": 300.0,
    }  # fmt: skip
    found = line(results(**{"switching-2000": made}), "- A second embedding model")
    assert "1,200 with first, 80 with second; 0 found nothing, 0 did without vectors" in found
