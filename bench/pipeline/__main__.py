"""`python -m bench.pipeline`: our own time at 50 conversations at once, in docs/benchmarks.md.

Every conversation has its own socket to the product's ASGI application, asks the sample help
centre, waits for the end of the answer and asks the next question. The fake model server, a
process of its own, quotes the evidence word by word. Our own time is from the frame's arrival to
the model server's receipt of the request; the retrieval is the step of that name in the same
turn's trace. The product and the customers' ends of the sockets share one process.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
QUESTIONS = PROJECT / "bench" / "help-centre" / "questions.jsonl"
CONVERSATIONS = int(os.environ.get("CONVERSATIONS", "50"))
SECONDS = float(os.environ.get("SECONDS", "30"))
MOST_TIMES, MOST_MORE = 1.5, 10.0
# Words before a question that change nothing in what it asks, so that each is asked once.
OPENINGS = ("", "Hello, ", "Please tell me: ", "Quick question: ", "Hi there, ")


@dataclass(frozen=True)
class Asked:
    """One turn that reached the model: our own milliseconds, and the retrieval's."""

    own: float
    retrieval: float
    memory: float


@dataclass(frozen=True)
class Turn:
    """A question that was asked, and when (monotonic seconds)."""

    id: str
    question: str
    began: float
    is_first: bool


@dataclass(frozen=True)
class Driven:
    """All turns of a run, how long it took, and the processor's seconds."""

    turns: list[Turn]
    seconds: float
    worked: float


def main() -> None:
    from bench.scale import places

    os.environ.setdefault("SCALE_DIR", str(PROJECT / ".data" / "pipeline"))
    os.environ |= places.environment(0) | {
        "DJANGO_SETTINGS_MODULE": "supportapp.settings",
        "LOG_LEVEL": "ERROR",
        # Remembered questions are looked for at full cost, and none of these is one.
        "CACHE_ERROR_BUDGET": "0.0001",
        "ANSWERING_SUGGESTIONS": "0",
        "RATE_ASK_ADDRESS": "100000/minute",
        "MAX_SOCKETS_PER_ADDRESS": "1000",
    }
    import django

    django.setup()
    prepare()
    from django.conf import settings

    from bench.pipeline import model

    with model.running() as server:
        settings.OPENAI_BASE_URL = server.base_url
        driven = asyncio.run(_drive())
    turns = [each for each in driven.turns if not each.is_first]
    figures = _figures(_read(turns, server), driven)
    if "--spans" in sys.argv:
        print(json.dumps(_steps(), indent=2))
    print(json.dumps(figures, indent=2))
    if "--write" in sys.argv:
        _write(figures)


def prepare() -> None:
    """Fill the database once: the sample help centre, with its vectors."""
    from django.core.management import call_command

    from supportapp.knowledge.models import Passage

    call_command("migrate", verbosity=0)
    if not Passage.objects.exists():
        call_command("ingest", str(PROJECT / "knowledge"))
    _forget()


def _forget() -> None:
    """Leave nothing of earlier runs: an answer that is remembered reaches no model."""
    from supportapp.caching.models import RememberedAnswer
    from supportapp.conversations.models import Conversation
    from supportapp.outbox.models import OutboxEvent

    for model in (RememberedAnswer, Conversation, OutboxEvent):
        model.objects.all().delete()


async def _drive() -> Driven:
    from asgiref.sync import sync_to_async

    from supportapp.answering import assemble
    from supportapp.conversations import live

    live.attach()
    await sync_to_async(assemble.warm)()
    await assemble.warm_chat()
    questions = _questions()
    began, worked = time.perf_counter(), _worked()
    end = time.perf_counter() + SECONDS
    conversations = await sync_to_async(_conversations)()
    rounds = await asyncio.gather(
        *(
            _converse(each, questions[number::CONVERSATIONS], end)
            for number, each in enumerate(conversations)
        )
    )
    turns = [turn for each in rounds for turn in each]
    return Driven(turns, time.perf_counter() - began, _worked() - worked)


def _worked() -> float:
    """Return the processor's seconds of this process: the product's, and the pages'."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _questions() -> list[str]:
    lines = QUESTIONS.read_text("utf-8").splitlines()
    known = [json.loads(line) for line in lines]
    texts = [each["text"] for each in known if each.get("articles")]
    return [opening + text for opening in OPENINGS for text in texts]


def _conversations() -> list[list[Any]]:
    """One conversation for each question: a follow-up would be rewritten by the model first."""
    from supportapp.conversations.models import Conversation
    from supportapp.knowledge.models import Workspace

    home = Workspace.default()
    return [
        [Conversation.objects.create(workspace=home, visitor=uuid.uuid4()) for _ in range(12)]
        for _ in range(CONVERSATIONS)
    ]


async def _converse(mine: list[Any], questions: list[str], end: float) -> list[Turn]:
    """Ask one question after another, each in a fresh conversation."""
    from tests.integration.conversations.sockets import Page

    turns: list[Turn] = []
    for conversation, question in zip(mine, questions, strict=False):
        if time.perf_counter() >= end:
            break
        async with Page(conversation) as page:
            began = time.perf_counter()
            await page.ask(question)
            frames = await page.until_over(60)
            # The first questions come all at once, and find caches empty.
            is_first = conversation is mine[0]
            turns.append(Turn(frames[-1]["turn"], question, began, is_first))
    return turns


def _read(turns: list[Turn], server: Any) -> list[Asked]:
    from supportapp.conversations.models import SpanRecord

    taken: dict[tuple[str, str], float] = {
        (str(row[0]), row[1]): row[2]
        for row in SpanRecord.objects.filter(
            turn__in=[turn.id for turn in turns], name__in=("retrieval", "memory")
        ).values_list("turn", "name", "duration_ms")
    }
    came = {turn.id: server.claim(turn.question, turn.began) for turn in turns}
    return [
        Asked(
            1000 * (came[turn.id] - turn.began),
            taken[turn.id, "retrieval"],
            taken.get((turn.id, "memory"), 0.0),
        )
        for turn in turns
        if (turn.id, "retrieval") in taken and came[turn.id] is not None
    ]


def _figures(asked: list[Asked], driven: Driven) -> dict[str, Any]:
    own, retrieval = [each.own for each in asked], [each.retrieval for each in asked]
    allowed = [MOST_TIMES * each.retrieval + MOST_MORE for each in asked]
    return {
        "conversations": CONVERSATIONS,
        "turns": len(asked),
        "turns_a_second": round(len(driven.turns) / driven.seconds, 1),
        "cpu_ms_a_turn": round(1000 * driven.worked / len(driven.turns), 1),
        "own_ms": _percentiles(own),
        "retrieval_ms": _percentiles(retrieval),
        "memory_ms": _percentiles([each.memory for each in asked]),
        "allowed_ms_p50": round(MOST_TIMES * statistics.median(retrieval) + MOST_MORE, 1),
        "within": round(
            sum(a.own <= b for a, b in zip(asked, allowed, strict=True)) / len(asked), 3
        ),
    }


def _steps() -> dict[str, list[float]]:
    """Return where the last turns' time went: median start and length of each step."""
    from supportapp.conversations.models import SpanRecord, Turn

    last = list(Turn.objects.order_by("-created_at").values_list("pk", flat=True)[:60])
    rows = SpanRecord.objects.filter(turn__in=last).values_list("name", "started_ms", "duration_ms")
    found: dict[str, list[tuple[float, float]]] = {}
    for name, started, duration in rows:
        found.setdefault(name, []).append((started, duration))
    return {
        name: [round(statistics.median(column), 1) for column in zip(*each, strict=True)]
        for name, each in found.items()
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    cut = statistics.quantiles(values, n=20)
    return {"p50": round(statistics.median(values), 1), "p95": round(cut[18], 1)}


def _write(figures: dict[str, Any]) -> None:
    from supportapp.evals import report_file

    rows = [
        "| Conversations at once | turns | a second | our processor time a turn |"
        " our own, p50 / p95 | of it retrieval | of it memory | allowed at p50 | turns within |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        f"| {figures['conversations']} | {figures['turns']} | {figures['turns_a_second']}"
        f" | {figures['cpu_ms_a_turn']} ms | {_pair(figures['own_ms'])}"
        f" | {_pair(figures['retrieval_ms'])} | {_pair(figures['memory_ms'])}"
        f" | {figures['allowed_ms_p50']} ms | {figures['within']:.0%} |",
        "",
        f"Made by `make bench-pipeline` on {datetime.now(UTC).date().isoformat()},"
        f" {os.cpu_count()} CPU cores, no GPU.",
    ]
    report_file.renew(PROJECT / "docs" / "benchmarks.md", "pipeline", rows)


def _pair(figures: dict[str, float]) -> str:
    return f"{figures['p50']} / {figures['p95']} ms"


if __name__ == "__main__":
    main()
