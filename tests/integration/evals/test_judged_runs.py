"""Runs with a model: judged, repeated, in parallel, recorded beside the prompt, within budgets."""

import json
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from supportapp.answering.models import PromptScore
from supportapp.evals import carrying, pairing, running
from supportapp.evals.candidates import NoSuchChoice
from supportapp.evals.carrying import Ended
from supportapp.evals.models import Dataset, PairVerdict
from supportapp.evals.tasks import judge_pairs
from supportapp.gateway.models import Allowance
from supportapp.outbox.models import OutboxEvent
from tests.fakes.model_server import ModelServer

GRADES = json.dumps(
    {
        "relevance_reason": "It says whether.",
        "relevance": "good",
        "credibility_reason": "Cited.",
        "credibility": "partly",
        "correctness_reason": "As the expert says.",
        "correctness": "good",
    }
)
SAME = json.dumps({"reason": "Same facts.", "relation": "subset"})


@pytest.fixture(scope="module")
def started_model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(started_model: ModelServer, settings: Settings) -> ModelServer:
    started_model.reset()
    settings.OPENAI_BASE_URL = started_model.base_url
    settings.OPENAI_API_KEY = "unused"
    started_model.when('"relevance_reason"').say(GRADES)
    started_model.when('"relation"').say(SAME)
    return started_model


def test_a_judged_run_keeps_reasons_and_writes_its_figures_beside_the_prompt(
    dataset: Dataset, model: ModelServer
):
    run = running.start(dataset, reason="", author=None, repeats=2, seed=11)
    assert carrying.carry_on(run.pk) is Ended.DONE
    run.refresh_from_db()
    assert (run.model, run.done, run.total) == ("default", 6, 6)
    assert run.judge
    scorers = run.figures["scorers"]
    assert scorers["consistency"]["mean"] == scorers["credibility"]["mean"] == 0.5
    assert scorers["relevance"]["mean"] == 1.0
    assert scorers["assertions"]["spread"] == 0.0
    score = run.results.filter(example__topic="billing").first().scores["consistency"]
    assert score == {"value": 0.5, "note": "Same facts.", "label": "subset"}
    kept = PromptScore.objects.get(run=str(run.pk), metric="refusal")
    assert (kept.dataset, kept.prompt.version) == ("golden", run.prompt)
    seeds = {each.body.get("seed") for each in model.requests}
    assert {11, 12} <= seeds


def test_a_judge_who_says_nonsense_leaves_a_gap_and_no_score(dataset: Dataset, model: ModelServer):
    model.reset()
    for asked in ("fit this JSON schema", "doesn't fit the schema"):
        model.when(asked).say("No idea.")
    run = running.start(dataset, reason="", author=None)
    assert carrying.carry_on(run.pk) is Ended.DONE
    run.refresh_from_db()
    assert "consistency" not in run.figures["scorers"]
    result = run.results.filter(example__topic="billing").get()
    assert result.scores["consistency_failed"]["value"] is None


def test_without_its_allowance_a_run_stops_and_goes_on_later(dataset: Dataset, model: ModelServer):
    allowance = Allowance.objects.create(workspace=dataset.workspace, tokens_per_day=1)
    run = running.start(dataset, reason="", author=None)
    assert carrying.carry_on(run.pk) is Ended.FAILED
    run.refresh_from_db()
    assert "allowance" in run.message
    assert run.done < run.total
    allowance.delete()
    assert running.go_on(run)
    assert carrying.carry_on(run.pk) is Ended.DONE


def test_a_prompt_or_model_that_is_not_there_is_named(dataset: Dataset):
    with pytest.raises(NoSuchChoice, match=r"no prompt 77\. There are: v2"):
        running.start(dataset, reason="", author=None, prompt="77")
    with pytest.raises(NoSuchChoice, match=r"no model gone\. There are: quoting"):
        running.start(dataset, reason="", author=None, model="gone")


def test_a_model_compares_changed_answers_both_ways_and_whose_mind_changes_finds_neither_better(
    dataset: Dataset, model: ModelServer
):
    first = running.start(dataset, reason="", author=None, model="quoting")
    assert carrying.carry_on(first.pk) is Ended.DONE
    model.when("annual plan").say("Annual plans can be refunded within 14 days [1].")
    second = running.start(dataset, reason="", author=None, is_judged=False)
    assert carrying.carry_on(second.pk) is Ended.DONE
    model.when('"verdict"').say('{"reason": "It came first.", "verdict": "first"}')
    assert pairing.ask(first, second)
    event = str(OutboxEvent.objects.get(task=pairing.TASK).pk)
    judge_pairs(first.pk, second.pk, event)
    counted = PairVerdict.objects.count()
    assert counted >= 1
    assert set(PairVerdict.objects.values_list("verdict", flat=True)) == {"tie"}
    judge_pairs(first.pk, second.pk, event)
    assert PairVerdict.objects.count() == counted
    summary = pairing.summary(pairing.verdicts(first, second).values())
    assert summary is not None
    assert (summary.ties, summary.first, summary.second) == (counted, 0, 0)
