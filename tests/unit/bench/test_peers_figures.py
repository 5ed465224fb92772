"""The comparison with peers: what decides who is better, on examples worked by hand."""

import itertools
from dataclasses import replace

import pytest

from bench.peers import figures, report
from bench.peers.catalogue import PEERS
from bench.peers.protocol import Scored
from bench.peers.report import Measured
from bench.peers.runs import CONVERSATION, MESSAGE, Run
from supportapp.evals import ranking

GRADES = {f"q{n}": {f"right{n}": 1} for n in range(40)}


def answers(system: str, place: int, *, worse_at: int = 0) -> Run:
    """Rank the right item at this place, and nowhere for every n-th question."""
    ranked = {}
    for n, query in enumerate(GRADES):
        found = [Scored(f"wrong{other}", 10.0 - other) for other in range(place - 1)]
        if not worse_at or n % worse_at:
            found.append(Scored(f"right{n}", 1.0))
        ranked[query] = found
    return Run(system, MESSAGE, ranked, milliseconds=[1.0, 2.0, 9.0])


def test_a_paired_bootstrap_agrees_with_every_resample_there_is():
    ours, theirs = [1.0, 0.5, 0.0], [0.0, 0.5, 0.5]
    differences = [1.0, 0.0, -0.5]
    means = sorted(sum(drawn) / 3 for drawn in itertools.product(differences, repeat=3))
    estimate = ranking.difference(ours, theirs)
    assert estimate.mean == pytest.approx(1 / 6)
    assert estimate.low == pytest.approx(means[0])  # 1 of 27 is more than 2.5%
    assert estimate.high == pytest.approx(means[-1])


def test_a_steady_difference_has_no_width():
    estimate = ranking.difference([0.9] * 20, [0.4] * 20)
    assert (estimate.low, estimate.mean, estimate.high) == pytest.approx((0.5, 0.5, 0.5))


def test_pairs_show_what_separate_intervals_hide():
    theirs = [n / 50 for n in range(50)]
    ours = [value + 0.02 for value in theirs]
    assert ranking.estimate(ours).low < ranking.estimate(theirs).high
    assert ranking.difference(ours, theirs).low > 0


def test_a_planted_better_ranking_wins():
    better, worse = (figures.of(answers("supportapp", p), GRADES) for p in (1, 3))
    difference = figures.lead(better, worse)
    assert figures.verdict(difference) == "ahead"
    assert difference.mean == pytest.approx(0.5)  # 1 against 1/log2(4)
    assert figures.verdict(figures.lead(worse, better)) == "behind"


def test_equal_rankings_show_no_difference():
    one, other = (figures.of(answers(name, 2), GRADES) for name in ("supportapp", "vectors"))
    assert figures.verdict(figures.lead(one, other)) == "no difference shown"


def test_a_question_without_a_ranking_counts_as_nothing_found():
    ranked = {"q0": [Scored("right0", 1.0)]}
    measured = figures.of(Run("vectors", MESSAGE, ranked), GRADES)
    assert measured.estimate("ndcg@10").mean == pytest.approx(1 / 40)


def test_coverage_stops_at_the_threshold_that_keeps_the_promise():
    grades = {f"q{n}": {"right": 1} for n in range(20)}
    ranked = {f"q{n}": [Scored("right", 100.0 - n)] for n in range(20)}
    unanswerable = {f"u{n}": [Scored("right", 95.5 - n)] for n in range(5)}
    # The first five are above every unanswerable question; from the sixth on, one in six is wrong.
    covered = figures.coverage(
        Run("vectors", MESSAGE, ranked, unanswerable), grades, [*unanswerable], 1
    )
    assert covered == pytest.approx(5 / 25)


def test_coverage_looks_as_deep_as_it_is_told():
    grades = {"q0": {"right": 1}}
    ranked = {"q0": [Scored("wrong", 2.0), Scored("right", 1.0)]}
    run = Run("vectors", MESSAGE, ranked, {"u0": [Scored("wrong", 0.5)]})
    assert figures.coverage(run, grades, ["u0"], 1) == 0.0
    assert figures.coverage(run, grades, ["u0"], 5) == pytest.approx(1 / 2)


def test_an_unanswerable_question_for_which_nothing_was_found_counts_as_declined():
    run = Run("bm25", MESSAGE, {"q0": [Scored("right", 2.0)]}, {"u0": []})
    assert figures.coverage(run, {"q0": {"right": 1}}, ["u0", "u1"], 1) == pytest.approx(1 / 3)


def test_a_confidence_goes_before_the_best_score():
    ranked = {"q0": [Scored("right", 0.1)]}
    unanswerable = {"u0": [Scored("right", 0.9)]}
    sure = {"q0": 0.9, "u0": 0.2}
    run = Run("supportapp", MESSAGE, ranked, unanswerable, confidence=sure)
    assert figures.coverage(run, {"q0": {"right": 1}}, ["u0"], 1) == pytest.approx(1 / 2)


def test_a_set_where_all_questions_have_answers_has_no_coverage():
    assert figures.coverage(answers("vectors", 1), GRADES, [], 1) is None


def test_the_report_names_the_best_peer_and_our_lead():
    mine = figures.of(answers("supportapp", 1), GRADES)
    theirs = [figures.of(answers(n, p), GRADES) for n, p in (("vectors", 3), ("haystack", 2))]
    measured = Measured("made", 7, 40, 0, [mine, *theirs])
    assert measured.best_peer.system == "haystack"
    summary = report.lines([measured])[2]
    assert "Haystack" in summary
    assert "+0.369 (+0.369 to +0.369)" in summary


def test_the_report_tells_when_a_lead_is_not_shown():
    mine = figures.of(answers("supportapp", 1, worse_at=20), GRADES)
    theirs = figures.of(answers("vectors", 1, worse_at=13), GRADES)
    assert "not shown" in report.lines([Measured("made", 7, 40, 0, [mine, theirs])])[2]


def test_figures_for_a_file_compare_both_readings():
    rows = figures.as_json(
        [figures.of(answers("supportapp", 1), GRADES), figures.of(answers("bm25", 3), GRADES)]
    )
    assert "lead" not in rows[0]
    assert set(rows[1]["lead"]) == {CONVERSATION, MESSAGE}
    assert rows[1]["lead"][MESSAGE]["verdict"] == "ahead"
    assert (rows[1]["ms_p50"], rows[1]["ndcg@10"]) == (2.0, 0.5)


def test_the_report_says_what_was_not_measured():
    (line, _) = report.missing({"full": ["supportapp", *PEERS], "half": list(PEERS)})
    assert line == "Not measured yet: half (supportapp)."
    assert not report.missing({"full": ["supportapp", *PEERS]})


def test_what_labels_taught_is_judged_beside_what_is_shipped():
    unanswerable = [f"n{number}" for number in range(40)]
    # Every question's best answer is right; as shipped, the unanswerable are as sure.
    run = replace(
        answers("supportapp", 1),
        unanswerable={query: [Scored("wrong", 1.0)] for query in unanswerable},
        calibrated=dict.fromkeys(GRADES, 1.0) | dict.fromkeys(unanswerable, 0.0),
    )
    mine = figures.of(run, GRADES, unanswerable)
    assert mine.sure == {"first 1": 0.0, "first 5": 0.0}
    assert mine.calibrated == {"first 1": 0.5, "first 5": 0.5}
    peer = figures.of(answers("vectors", 1), GRADES, unanswerable)
    assert peer.calibrated == {}
    lines = "\n".join(report.lines([Measured("set", 40, 40, 40, [mine, peer])]))
    assert "| **supportapp**, calibrated | last message | 50.0% / 50.0% |" in lines
