"""Fifty signs a second from many visitors, over HTTP, while the worker is killed: none is lost.

Half are ratings, half signals; each visitor stays below the rate limit, and one who doesn't is
told to wait. The worker is killed with SIGKILL in the middle and started again. When the outbox is
empty, the rows are counted: one for each sign that was accepted, and one review item for each
answer that was rated down.
"""

from __future__ import annotations

import asyncio
import random
import signal
import statistics
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.flywheel import site

PER_SECOND, SECONDS = 50, 40
AWAY_SECONDS = 3.0
DRAINED_WITHIN = 240.0
FLOOD = 70
TOKEN = "f" * 32


@dataclass
class Told:
    """What was sent, what was accepted, and what the database holds of it."""

    signals: list[uuid.UUID] = field(default_factory=list)
    rated: dict[uuid.UUID, str] = field(default_factory=dict)
    refused: int = 0
    times: list[float] = field(default_factory=list)
    late: float = 0.0


def run(base: str) -> dict[str, Any]:
    """Send, kill, count; returns the figures."""
    from django.utils import timezone

    turns = _turns(PER_SECOND * SECONDS + 1)
    worker = site.worker()
    worker.start()
    time.sleep(5)
    began = timezone.now()
    told = asyncio.run(_send(base, turns[1:], worker))
    flooded = asyncio.run(_flood(base, turns[0]))
    sent = time.monotonic()
    try:
        left = _drained(began)
    finally:
        worker.end()
    return _counted(told) | {
        "flood_refused": flooded,
        "undone": left,
        "drained_seconds": round(time.monotonic() - sent, 1),
    }


def _turns(most: int) -> list[tuple[uuid.UUID, str]]:
    """Return answered turns without a rating, each of another visitor, with their cookie."""
    from supportapp.conversations import visitors
    from supportapp.conversations.models import Turn

    known = Turn.objects.filter(
        state="answered", feedback=None, conversation__deleted_at=None, signals=None
    ).order_by("conversation__visitor", "pk")
    pairs = known.distinct("conversation__visitor").values_list("pk", "conversation__visitor")
    found = [(key, visitors.sign(visitor)) for key, visitor in pairs[:most]]
    assert len(found) == most, f"only {len(found)} visitors are left: make the past again"
    return found


async def _send(base: str, turns: list[tuple[uuid.UUID, str]], worker: site.Program) -> Told:
    told, chance = Told(), random.Random(7)
    kill_at, back_at = SECONDS * 0.4, SECONDS * 0.4 + AWAY_SECONDS
    is_dead = is_back = False
    async with httpx.AsyncClient(base_url=base, timeout=60) as line:
        begun, waiting = time.perf_counter(), []
        for number, (turn, cookie) in enumerate(turns):
            due = number / PER_SECOND
            await asyncio.sleep(max(0.0, due - (time.perf_counter() - begun)))
            told.late = max(told.late, time.perf_counter() - begun - due)
            if not is_dead and due >= kill_at:
                worker.end(signal.SIGKILL)
                is_dead = True
            if is_dead and not is_back and due >= back_at:
                worker.start()
                is_back = True
            one = _rate if number % 2 else _signal
            waiting.append(asyncio.create_task(one(line, turn, cookie, told, chance)))
        await asyncio.gather(*waiting)
    return told


async def _signal(
    line: httpx.AsyncClient, turn: uuid.UUID, cookie: str, told: Told, chance: random.Random
) -> None:
    event = uuid.UUID(int=chance.getrandbits(128), version=4)
    data = {"kind": "copied", "event_id": str(event)}
    # One in ten pages tells the same twice, as a browser does that isn't sure.
    for _ in range(2 if chance.random() < 0.1 else 1):
        answer = await _post(line, f"/t/{turn}/signal/", cookie, data, told)
    if answer.status_code == httpx.codes.NO_CONTENT:
        told.signals.append(event)
    else:
        told.refused += 1


async def _rate(
    line: httpx.AsyncClient, turn: uuid.UUID, cookie: str, told: Told, chance: random.Random
) -> None:
    value = "down" if chance.random() < 0.3 else "up"
    answer = await _post(line, f"/t/{turn}/feedback/", cookie, {"value": value}, told)
    if answer.status_code == httpx.codes.FOUND:
        told.rated[turn] = value
    else:
        told.refused += 1


async def _post(
    line: httpx.AsyncClient, path: str, cookie: str, data: dict[str, str], told: Told
) -> httpx.Response:
    began = time.perf_counter()
    answer = await line.post(
        path,
        data=data,
        headers={"Cookie": f"visitor={cookie}; csrf={TOKEN}", "X-CSRFToken": TOKEN},
    )
    told.times.append(1000 * (time.perf_counter() - began))
    return answer


async def _flood(base: str, mine: tuple[uuid.UUID, str]) -> int:
    """Have one visitor send more than is allowed; returns how often they were told to wait."""
    told, chance = Told(), random.Random(8)
    async with httpx.AsyncClient(base_url=base, timeout=60) as line:
        for _ in range(FLOOD):
            await _rate(line, *mine, told, chance)
    return told.refused


def _drained(began: Any) -> int:
    """Wait until all that was promised is done; returns how much isn't."""
    from supportapp.outbox.models import OutboxEvent

    open_ = OutboxEvent.objects.filter(created_at__gte=began).exclude(state="done")
    end = time.monotonic() + DRAINED_WITHIN
    while (left := open_.count()) and time.monotonic() < end:
        time.sleep(0.5)
    return left


def _counted(told: Told) -> dict[str, Any]:
    from django.db.models import Count

    from supportapp.review.models import Feedback, ReviewItem, Signal

    stored = list(
        Signal.objects.filter(event_id__in=told.signals).values_list("event_id", flat=True)
    )
    rated = dict(
        Feedback.objects.filter(turn__in=told.rated)
        .order_by()
        .values_list("turn")
        .annotate(count=Count("pk"))
    )
    down = [turn for turn, value in told.rated.items() if value == "down"]
    items = ReviewItem.objects.filter(turn__in=down).count()
    copied = Signal.objects.filter(turn__signals__event_id__in=told.signals, kind="copied")
    return {
        "accepted": len(told.signals) + len(told.rated),
        "refused": told.refused,
        "lost": len(told.signals) - len(set(stored)) + len(told.rated) - len(rated),
        "doubled": copied.count() - len(stored) + sum(rated.values()) - len(rated),
        "rated_down": len(down),
        "without_item": len(down) - items,
        "p50_ms": round(statistics.median(told.times), 1),
        "p95_ms": round(statistics.quantiles(told.times, n=20)[18], 1),
        "late_seconds": round(told.late, 2),
    }
