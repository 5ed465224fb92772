"""A workspace learns when not to answer: by command, from labels, on staff's page."""

import io
import json
import uuid
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from supportapp.evals.curve import Curve
from supportapp.knowledge import embeddings
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Workspace
from supportapp.outbox.models import OutboxEvent
from supportapp.retrieval import calibrations, confidence
from supportapp.retrieval.models import Calibration, CalibrationIsFixed, CalibrationJob
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Limits, Scope, SearchQuery, SearchResult
from supportapp.review import calibrating, labels, tasks
from supportapp.review.models import ReviewItem
from tests.factories import ArticleFactory
from tests.integration.review.conftest import client_of, make_turn

PAGE = reverse("admin:retrieval_calibration_changelist")
TOPICS = (
    "refunds",
    "invoices",
    "passwords",
    "shipping",
    "warranty",
    "vouchers",
    "returns",
    "taxes",
)
CURVE = Curve.of([n / 100 for n in range(100)], [n >= 30 or n % 3 == 0 for n in range(100)])


@pytest.fixture
def help_centre(workspace: Workspace) -> Workspace:
    embeddings.ensure_current_model()
    for topic in TOPICS:
        body = f"Open the menu and choose {topic}. There you see all about {topic}."
        article = ArticleFactory(slug=topic, title=f"About {topic}", body=body, is_published=True)
        assert article.published is not None
        embeddings.embed_revision(article.published.pk)
    return workspace


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Questions that have answers, and thanks about the same things that have none."""
    lines = [{"text": f"Where do I see {topic}?", "articles": [topic]} for topic in TOPICS]
    lines += [{"text": f"Thanks for the {topic} my friend", "articles": []} for topic in TOPICS]
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def calibrate(*args: object, **options: object) -> dict[str, object]:
    out = io.StringIO()
    call_command("calibrate", *map(str, args), "--json", stdout=out, **options)
    return json.loads(out.getvalue())


def ask(workspace: Workspace, text: str) -> SearchResult:
    scope = Scope(workspace.pk, frozenset({"public"}))
    return search(SearchQuery(text), scope, limits=Limits(), embedder=current_embedder())


def stored(workspace: Workspace, **fields: object) -> Calibration:
    """Store a calibration as fits make it, without the fit."""
    shipped = confidence.model()
    usual: dict[str, object] = {
        "weights": shipped.weights,
        "constant": shipped.constant,
        "threshold": 0.295,
        "precision": 0.95,
        "fitted_on": {
            "questions": 100,
            "right": 80,
            "conversations": 90,
            "sources": {"review labels": 100},
            "auc": 0.9,
            "shipped_auc": 0.8,
            "curve": CURVE.stored(),
            "shipped_curve": CURVE.stored(),
        },
    }
    return calibrations.adopt(Calibration(workspace=workspace, **usual | fields))


def label(workspace: Workspace, reviewer: object, verdict: str, question: str, **turn: object):
    asked = make_turn(workspace, question=question, client_id=uuid.uuid4(), **turn)
    item = ReviewItem.objects.create(turn=asked, reason="sampled", state="done")
    return item.annotations.create(reviewer=reviewer, verdict=verdict)


def declined(*slugs: str) -> dict[str, object]:
    return {"outcome": "no_evidence", "closest": [{"slug": s, "title": s} for s in slugs]}


# The command


def test_the_command_fits_a_workspace_and_searches_use_it(help_centre, questions):
    before = ask(help_centre, "Where do I see refunds?")
    figures = calibrate("--data", questions, "--precision", "0.8")
    assert (figures["questions"], figures["right"]) == (16, 8)
    after = ask(help_centre, "Where do I see refunds?")
    assert before.threshold is None
    assert after.threshold == pytest.approx(figures["threshold"])
    known = calibrations.active(help_centre)
    assert known is not None
    assert known.pk == figures["calibration"]
    assert known.fitted_on["sources"] == {"questions.jsonl": 16}


def test_a_dry_run_changes_nothing(help_centre, questions):
    assert calibrate("--data", questions, "--precision", "0.8", "--dry-run")["calibration"] is None
    assert not Calibration.objects.exists()


def test_people_read_what_a_threshold_means(help_centre, questions, capsys):
    call_command("calibrate", "--data", str(questions), "--precision", "0.8")
    told = capsys.readouterr().out
    assert "16 questions, 8 answered right" in told
    assert "of 100 questions it answers" in told


def test_a_promise_that_cannot_be_kept_is_refused_with_the_best_there_is(help_centre, questions):
    with pytest.raises(CommandError, match=r"No threshold keeps 99%: at best \d+% of the answers"):
        calibrate("--data", questions, "--precision", "0.99", "--surely")
    assert not Calibration.objects.exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "Name questions"),
        (("--labels",), "at least 4 of each"),
        (("--labels", "--workspace", "nowhere"), "no workspace “nowhere”"),
        (("--data", "/nowhere.jsonl"), "No such file"),
    ],
)
def test_the_command_says_what_is_missing(workspace, args, message):
    with pytest.raises(CommandError, match=message):
        calibrate(*args)


def test_a_malformed_line_is_named(workspace, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "no articles"}\n', encoding="utf-8")
    with pytest.raises(CommandError, match="line 1: articles"):
        calibrate("--data", path)


# What counts


def test_a_stored_calibration_never_changes(workspace):
    known = stored(workspace)
    known.threshold = 0.9
    with pytest.raises(CalibrationIsFixed):
        known.save()


def test_only_one_calibration_counts(workspace):
    first, second = stored(workspace), stored(workspace, threshold=0.4)
    assert calibrations.active(workspace) == second
    with pytest.raises(IntegrityError), transaction.atomic():
        Calibration.objects.filter(pk=first.pk).update(is_active=True)


def test_another_workspace_is_not_touched(workspace):
    stored(workspace)
    other = Workspace.objects.create(slug="other", name="Other")
    assert calibrations.trust(other.pk).threshold is None


def test_weights_for_clues_of_another_time_do_not_count(workspace):
    stored(workspace, weights={"astrology": 1.0})
    assert calibrations.trust(workspace.pk) == confidence.Trust(confidence.model())


@pytest.mark.parametrize(("threshold", "is_sure"), [(0.0, True), (1.0, False)])
def test_the_workspace_decides_over_the_setting(help_centre, settings, threshold, is_sure):
    stored(help_centre, threshold=threshold)
    assert ask(help_centre, "Where do I see refunds?").is_sure(0.5) is is_sure


def test_learned_words_move_the_confidence(help_centre):
    shipped = confidence.model()
    stored(help_centre, words={"^thanks": -20.0})
    assert ask(help_centre, "Thanks, refunds").confidence < 0.01
    calibrations.switch(help_centre, None)
    clues = ask(help_centre, "Thanks, refunds").clues
    assert ask(help_centre, "Thanks, refunds").confidence == shipped.confidence(clues)


# Labels


def test_each_verdict_says_what_it_means(help_centre, reviewer, turn):
    article = turn.citations.get().article.slug
    item = ReviewItem.objects.create(turn=turn, reason="sampled")
    item.annotations.create(reviewer=reviewer, verdict="good")
    label(help_centre, reviewer, "good", "declined rightly", **declined("taxes"))
    label(help_centre, reviewer, "wrong", "answered wrongly")
    label(help_centre, reviewer, "should_decline", "answered, should not be")
    label(help_centre, reviewer, "should_answer", "declined wrongly", **declined("refunds"))
    label(help_centre, reviewer, "bad_tone", "says nothing")
    label(help_centre, reviewer, "good", "small talk", outcome="smalltalk")
    known = {each.query.text: set(each.answers) for each in labels.of(help_centre).questions}
    assert known == {
        turn.question: {article},
        "declined rightly": set(),
        "answered wrongly": set(),
        "answered, should not be": set(),
        "declined wrongly": {"refunds"},
    }


def test_a_verdict_taken_back_teaches_nothing(help_centre, reviewer):
    made = label(help_centre, reviewer, "should_decline", "a question")
    made.undone_at = timezone.now()
    made.save()
    assert not labels.of(help_centre).questions


@pytest.fixture
def labelled(help_centre, reviewer):
    for topic in TOPICS:
        label(help_centre, reviewer, "should_answer", f"Where are {topic}?", **declined(topic))
        label(help_centre, reviewer, "should_decline", f"Thanks for the {topic} my friend")
    return help_centre


def test_the_worker_learns_from_labels_and_twice_is_once(labelled, reviewer):
    job = calibrating.start(labelled, 0.8, reviewer)
    event = OutboxEvent.objects.get(task=calibrating.RUN)
    for _ in range(2):
        tasks.run_calibration(job_id=job.pk, event_id=str(event.pk))
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 16, 16)
    assert job.calibration == Calibration.objects.get()
    assert calibrations.active(labelled) == job.calibration


def test_two_fits_at_once_are_one(labelled, reviewer):
    first = calibrating.start(labelled, 0.8, reviewer)
    assert calibrating.start(labelled, 0.9, reviewer) == first
    assert OutboxEvent.objects.filter(task=calibrating.RUN).count() == 1


def test_too_few_labels_are_told_and_nothing_changes(help_centre, reviewer):
    job = calibrating.start(help_centre, 0.8, reviewer)
    assert calibrating.run(job.pk, timezone.now())
    job.refresh_from_db()
    assert job.state == "failed"
    assert "at least 4 of each are needed" in job.message
    assert not Calibration.objects.exists()


def test_a_fit_is_taken_over_only_from_a_dead_worker(labelled, reviewer):
    job = calibrating.start(labelled, 0.8, reviewer)
    CalibrationJob.objects.update(state="running")
    assert not calibrating.run(job.pk, timezone.now())
    assert calibrating.run(job.pk, timezone.now() + 2 * calibrating.QUIET)


# The page


@pytest.fixture
def editor_client(editor) -> Client:
    return client_of(editor)


def test_without_labels_the_page_says_how_to_get_them(workspace, editor_client):
    page = editor_client.get(PAGE).content.decode()
    assert "the shipped numbers" in page
    assert "manage.py calibrate --workspace default" in page
    assert reverse("review:queue") in page


def test_the_page_draws_the_curve_and_the_same_as_a_table(workspace, editor_client):
    stored(workspace)
    page = editor_client.get(PAGE).content.decode()
    assert "Of 100 questions it answers <strong>70</strong>" in page
    assert '<svg class="curve-plot"' in page
    assert "0.295 (now)" in page
    assert " style=" not in page


def test_a_promise_sets_the_threshold(workspace, editor_client):
    before = stored(workspace, threshold=0.99)
    address = reverse("admin:retrieval_calibration_promise", args=[workspace.pk])
    page = editor_client.post(address, {"percent": "99"}, follow=True).content.decode()
    assert "Of 100 questions it answers 70, 0 of these wrongly." in page
    now = calibrations.active(workspace)
    assert now is not None
    assert (now.precision, now.threshold) == (0.99, pytest.approx(0.295, abs=0.006))
    assert now.pk != before.pk


def test_a_promise_that_cannot_be_kept_is_said_beside_the_form(workspace, editor_client):
    wrong = Curve.of([0.1, 0.2, 0.3], [True, False, False]).stored()
    known = stored(workspace)
    known = stored(workspace, fitted_on=known.fitted_on | {"curve": wrong})
    address = reverse("admin:retrieval_calibration_promise", args=[workspace.pk])
    page = editor_client.post(address, {"percent": "95"}).content.decode()
    assert "No threshold keeps 95%: at best 33%" in page
    assert calibrations.active(workspace) == known


def test_a_threshold_set_by_hand_promises_nothing(workspace, editor_client):
    stored(workspace)
    address = reverse("admin:retrieval_calibration_threshold", args=[workspace.pk])
    editor_client.post(address, {"threshold": "0.5"})
    now = calibrations.active(workspace)
    assert now is not None
    assert (now.threshold, now.precision) == (0.5, None)
    page = editor_client.post(address, {"threshold": "7"}).content.decode()
    assert "less than or equal to 1" in page


def test_staff_switch_back_and_to_what_was_shipped(workspace, editor_client):
    first = stored(workspace)
    stored(workspace, threshold=0.6)
    address = reverse("admin:retrieval_calibration_switch", args=[workspace.pk])
    editor_client.post(address, {"calibration": first.pk})
    assert calibrations.active(workspace) == first
    editor_client.post(address, {"calibration": "shipped"})
    assert calibrations.active(workspace) is None
    assert Calibration.objects.count() == 2
    assert editor_client.post(address, {"calibration": "999999"}).status_code == 404


def test_the_page_starts_a_fit_and_follows_it(labelled, editor_client):
    address = reverse("admin:retrieval_calibration_recalibrate", args=[labelled.pk])
    page = editor_client.post(address, {"percent": "80"}, follow=True).content.decode()
    assert "Waiting for the worker" in page
    assert 'hx-trigger="every 1s"' in page
    part = reverse("admin:retrieval_calibration_job", args=[labelled.pk])
    assert "HX-Redirect" not in editor_client.get(part)
    calibrating.run(CalibrationJob.objects.get().pk, timezone.now())
    assert editor_client.get(part)["HX-Redirect"].startswith(PAGE)


def test_reviewers_look_and_do_not_set(workspace, reviewer_client):
    stored(workspace)
    page = reviewer_client.get(PAGE).content.decode()
    assert "curve-plot" in page
    assert "Set by promise" not in page
    for name in ("promise", "threshold", "recalibrate", "switch"):
        address = reverse(f"admin:retrieval_calibration_{name}", args=[workspace.pk])
        assert reviewer_client.post(address, {"percent": "95"}).status_code == 403


def test_customers_and_strangers_do_not_see_it(workspace, customer):
    assert client_of(customer).get(PAGE).status_code == 302
    assert Client().get(PAGE).status_code == 302


@pytest.mark.parametrize("number", ["0", "999999", "x", "9" * 30])
def test_an_unknown_workspace_is_not_found(workspace, editor_client, number):
    assert editor_client.get(PAGE, {"workspace": number}).status_code == 404
