"""The fit of difficulty, the scripted models and the drawing, without a database."""

import random
from dataclasses import replace
from xml.etree import ElementTree

from bench.routes import fit, plot, report, scripted
from bench.routes.fit import Known
from supportapp.answering.routing import Clues

EVIDENCE = [
    {"number": 1, "slug": "refunds", "passage": 1},
    {"number": 2, "slug": "cancel", "passage": 2},
]


def known(count: int = 200) -> list[Known]:
    """Questions of which the doubtful ones are quoted wrongly more often."""
    chance = random.Random(3)
    found = []
    for number in range(count):
        confidence = chance.uniform(0.05, 0.99)
        failed = chance.random() > confidence
        clues = Clues("What is it?", confidence, margin=chance.random(), articles=3)
        found.append(Known(clues, f"q{number // 2}", number % 4 > 0, failed))
    return found


def test_what_is_doubtful_is_foretold_to_fail_more_often() -> None:
    fitted = fit.fit(known())
    assert fitted.weights["doubt"] > 0
    assert fitted.difficulty(Clues("?", 0.5)) > fitted.difficulty(Clues("?", 0.98))


def test_the_fit_is_the_same_each_time_and_says_how_it_was_made() -> None:
    written = fit.as_json(known())
    assert written == fit.as_json(known())
    assert written["made_by"] == "python -m bench.routes.fit"
    assert written["fitted_on"]["auc"] > 0.6
    assert written["fitted_on"]["log_loss"] < written["fitted_on"]["log_loss_without"]


def test_a_question_is_foretold_by_a_model_that_did_not_see_its_other_form() -> None:
    cases = known(40)
    turned = [replace(each, failed=not each.failed) if each.group == "q3" else each
              for each in cases]  # fmt: skip
    mine = [place for place, each in enumerate(cases) if each.group == "q3"]
    assert list(fit.held_out(cases)[mine]) == list(fit.held_out(turned)[mine])
    assert list(fit.held_out(cases)) != list(fit.held_out(turned))


def test_the_scripted_large_model_is_right_more_often_than_the_small_one() -> None:
    right = frozenset({"cancel"})
    large, small = scripted.SKILL["large"], scripted.SKILL["small"]
    further = [each for each in EVIDENCE if each["slug"] in right]
    assert large.share(further) > small.share(further)
    assert large.share([]) > small.share([])


def found() -> dict[str, object]:
    each = {"score": 0.8, "low": 0.7, "high": 0.9, "dollars": 0.5}
    shares = {"quoting": 0.5, "small": 0.3, "large": 0.2, "voting": 0.0}
    return {
        "questions": 10,
        "without an answer": 3,
        "took a route": 8,
        "votes": 3,
        "fit": fit.as_json(known()),
        "routes": dict.fromkeys(("quoting", "small", "large", "voting"), each),
        "policies": {
            "cheap": each | {"shares": shares, "by_chance": 0.7},
            "cheap, spent": each | {"shares": shares, "by_chance": 0.7},
        },
    }


def test_the_report_says_that_models_are_scripted() -> None:
    text = "\n".join(report.as_markdown(found()))
    assert "**The two models are scripted**" in text
    assert "| vote of 3 | 80.0% |" in text
    assert "| cheap, spent | 50% | 30% | 20% | 80.0% | 70.0% | 0.500 |" in text


def test_the_drawing_is_svg_with_a_point_for_each_policy() -> None:
    drawing = ElementTree.fromstring(plot.drawn(found()))
    circles = [each for each in drawing.iter() if each.tag.endswith("circle")]
    assert len(circles) == 4
