"""Does the golden set still look like what customers ask? If not, which questions would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.contrib.auth.models import User

from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.evals import datasets
from supportapp.evals.models import Example
from supportapp.gaps import chance, clustering, grouping, reading
from supportapp.gaps.clustering import NEAR, Matrix
from supportapp.gaps.forms_of_questions import LABELS, Said, counts
from supportapp.gaps.models import AskedQuestion, Scan, Topic
from supportapp.gaps.scanning import at_it
from supportapp.guardrails import personal
from supportapp.knowledge import access
from supportapp.knowledge.embeddings import ensure_current_model
from supportapp.knowledge.models import EmbeddingModel, Workspace
from supportapp.llm.errors import EmbeddingUnavailable

LOOK = "supportapp.gaps.tasks.look_at_golden"
SINCE = timedelta(weeks=8)
MOST_READ = 4000
SUGGESTED = 12
# A question so near to a golden one would measure the same again.
TOO_NEAR = 0.85
LONGEST = 400
# A topic that has so much less of the golden set than of the questions is short of examples.
SHORT = 0.02


def look_all(now: datetime) -> None:
    """Compare every workspace's golden set with what its customers ask."""
    for workspace in Workspace.objects.order_by("pk"):
        look(workspace, now)


def look(workspace: Workspace, now: datetime) -> dict[str, Any]:
    """Compare the golden set with the questions of the last weeks; keeps and returns figures."""
    with at_it(workspace, Scan.Kind.GOLDEN, now) as scan:
        if scan is None:
            return {}
        try:
            scan.figures = _figures(workspace, now)
            scan.message = ""
        except EmbeddingUnavailable as error:
            scan.message = f"Questions can't be embedded now ({error.code})."
        scan.finished_at = now
    return dict(scan.figures)


def add(turn_id: UUID, by: User, workspace: Workspace) -> Example | None:
    """Put a customer's question into the golden set; None where it may not be used any more.

    What should be answered isn't known yet: the example says the question, and a person the rest.
    """
    turn = (
        reading.worth_reading()
        .select_related("conversation__workspace")
        .filter(pk=turn_id, conversation__workspace=workspace)
        .first()
    )
    if turn is None:
        return None
    if "asker" not in turn.receipt:
        turn.receipt = {**turn.receipt, "asker": {"audiences": [*access.EVERYONE], "language": ""}}
    before = question_of(turn).context
    row = AskedQuestion.objects.filter(turn=turn).select_related("topic").first()
    return datasets.add(
        datasets.golden(workspace),
        question=personal.masked(turn.question),
        outcome="",
        context=[{"speaker": each.speaker, "text": personal.masked(each.text)} for each in before],
        topic=row.topic.name if row is not None and row.topic else "",
        turn=turn.pk,
        author=by,
        note="Suggested, so that the set looks like what customers ask",
    )


def _figures(workspace: Workspace, now: datetime) -> dict[str, Any]:
    model = ensure_current_model()
    examples = list(datasets.golden(workspace).current)
    asked = list(
        AskedQuestion.objects.filter(
            workspace=workspace,
            model=model,
            asked_at__gte=now - SINCE,
            turn__conversation__deleted_at=None,
        )
        .select_related("turn", "topic")
        .order_by("-asked_at")[:MOST_READ]
    )
    golden = [Said(each.question, bool(each.context)) for each in examples]
    real = [Said(row.turn.question, row.follows_others) for row in asked]
    length = chance.lengths([each.words for each in golden], [each.words for each in real])
    vectors = _matrix(reading.vectors([each.text for each in golden]) if golden else (), model)
    topics, suggested = _topics(workspace, model, vectors, asked)
    known = {each.source_turn for each in examples}
    return {
        "golden": len(golden),
        "real": len(real),
        "length": None
        if length is None
        else {"golden": length.first, "real": length.second, "p": length.p},
        "forms": _forms(golden, real),
        "topics": topics,
        "suggested": _suggested(suggested, vectors, known),
    }


def _forms(golden: Sequence[Said], real: Sequence[Said]) -> list[dict[str, Any]]:
    shifts = chance.shifts(counts(golden), counts(real), (len(golden), len(real)))
    return [
        {
            "name": LABELS[each.key],
            "golden": each.before,
            "real": each.now,
            "p": each.p,
            "is_real": each.is_real and bool(golden),
        }
        for each in shifts
    ]


def _topics(
    workspace: Workspace, model: EmbeddingModel, golden: Matrix, asked: Sequence[AskedQuestion]
) -> tuple[list[dict[str, Any]], list[tuple[float, AskedQuestion]]]:
    """Return topics that the golden set has too little of, and their questions by how much."""
    topics = list(Topic.objects.filter(workspace=workspace, model=model, merged_into=None))
    seen = grouping.ground(workspace, model)
    means = seen.placed(_matrix([topic.mean for topic in topics], model))
    nearest = clustering.nearest_of(seen.placed(golden), means, NEAR)
    held = Counter(topics[place].pk for place in nearest if place >= 0)
    real = Counter(row.topic_id for row in asked if row.topic_id is not None)
    missing = {
        key: count / max(1, len(asked)) - held[key] / max(1, len(golden))
        for key, count in real.items()
    }
    names = {topic.pk: topic.name for topic in topics}
    short = sorted((key for key in missing if missing[key] >= SHORT), key=lambda key: -missing[key])
    listed = [
        {
            "topic": key,
            "name": names.get(key, ""),
            "golden": held[key] / max(1, len(golden)),
            "real": real[key] / max(1, len(asked)),
        }
        for key in short[:SUGGESTED]
    ]
    return listed, _candidates(short, missing, asked)


def _candidates(
    short: Sequence[int], missing: dict[int, float], asked: Sequence[AskedQuestion]
) -> list[tuple[float, AskedQuestion]]:
    """Return each short topic's most typical questions."""
    found: list[tuple[float, AskedQuestion]] = []
    for key in short[: 2 * SUGGESTED]:
        rows = [row for row in asked if row.topic_id == key]
        vectors = np.array([row.vector for row in rows], dtype=np.float32)
        for place, at in enumerate(clustering.most_typical(vectors)[:4]):
            found.append((missing[key] / (place + 1), rows[at]))
    return sorted(found, key=lambda each: -each[0])


def _suggested(
    candidates: Sequence[tuple[float, AskedQuestion]],
    golden: Matrix,
    known: set[UUID | None],
) -> list[dict[str, Any]]:
    chosen: list[dict[str, Any]] = []
    near = golden
    for share, row in candidates:
        text = row.turn.question
        if row.turn_id in known or len(text) > LONGEST or personal.find(text):
            continue
        vector = np.asarray(row.vector, dtype=np.float32)
        if len(near) and float((near @ vector).max()) > TOO_NEAR:
            continue
        near = np.vstack([near, vector])
        topic = row.topic.name if row.topic else ""
        chosen.append({"turn": str(row.turn_id), "topic": topic, "share": round(share, 4)})
        if len(chosen) == SUGGESTED:
            break
    return chosen


def as_shown(figures: dict[str, Any]) -> dict[str, Any]:
    """Return the figures as the page prints them."""
    length = figures.get("length")
    return {
        "golden": figures,
        "length_p": chance.shown(length["p"]) if length else "",
        "length_differs": bool(length and length["p"] < chance.LEVEL),
        "forms": [
            _percents(each) | {"p": chance.shown(each["p"])} for each in figures.get("forms", ())
        ],
        "short_topics": [_percents(each) for each in figures.get("topics", ())[:6]],
    }


def _percents(each: dict[str, Any]) -> dict[str, Any]:
    return each | {side: f"{100 * each[side]:.0f}" for side in ("golden", "real")}


def shown(figures: dict[str, Any]) -> list[tuple[Turn, dict[str, Any]]]:
    """Return the suggested questions that may still be shown, and aren't in the set yet."""
    listed = {UUID(each["turn"]): each for each in figures.get("suggested", ())}
    taken = set(
        Example.objects.filter(source_turn__in=listed, ended_version=None).values_list(
            "source_turn", flat=True
        )
    )
    turns = reading.worth_reading().filter(pk__in=set(listed) - taken).in_bulk()
    return [(turns[key], each) for key, each in listed.items() if key in turns]


def _matrix(vectors: object, model: EmbeddingModel) -> Matrix:
    return np.asarray(vectors, dtype=np.float32).reshape(-1, model.dimension)
