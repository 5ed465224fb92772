"""Every page of review, insight, evals, changes and gaps: how soon it answers on a long past."""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from bench import simulated

ROUNDS, READERS, WARM, SERIAL = 24, 2, 2, 12
MOST_MS = 300.0
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Timed:
    """One page: milliseconds of each answer, and what one takes of a core, database included.

    The latter says what the page needs, however busy the machine is with other things.
    """

    name: str
    path: str
    status: int
    times: tuple[float, ...]
    cpu: float = 0.0

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[18]

    @property
    def is_within(self) -> bool:
        return self.p95 <= MOST_MS and self.status == httpx.codes.OK


def addresses() -> list[tuple[str, str]]:
    """Return every page with a name, of what the simulated past holds."""
    from django.urls import reverse

    from supportapp.changes.models import ArticleChange, Recall
    from supportapp.conversations.models import Handoff, Turn
    from supportapp.evals.models import Dataset, Run
    from supportapp.gaps.models import Gap
    from supportapp.insight.models import Digest
    from supportapp.review.models import ReviewItem

    dashboard, turns = reverse("insight:dashboard"), reverse("insight:turns")
    found = [(f"insight: {name}", f"{dashboard}?{query}") for name, query in _choices()]
    found += [
        (f"insight: turns, {measure}", f"{turns}?period=90&measure={measure}")
        for measure in ("questions", "declined", "resolved", "slow", "guarded")
    ]
    found += [
        ("insight: turns, page 40", f"{turns}?period=90&measure=questions&page=40"),
        ("insight: CSV", f"{reverse('insight:dashboard_export')}?period=90&table=trends"),
        ("insight: digests", reverse("insight:digests")),
        ("insight: data", reverse("insight:data")),
    ]
    found += _of(Digest, "insight:digest", 1)
    found.append(("review: queue", reverse("review:queue")))
    for reason in ("low_rated", "guardrail", "sampled"):
        found.append((f"review: queue, {reason}", f"{reverse('review:queue')}?reason={reason}"))
    found += _of(ReviewItem, "review:item", 6)
    found += [
        (f"review: {name}", reverse(f"review:{name}"))
        for name in ("requests", "agreement", "pairs")
    ]
    found += _of(Handoff, "review:request", 2)
    found += [
        ("review: receipt", reverse("chat:receipt", args=[pk]))
        for pk in Turn.objects.filter(outcome="answered").values_list("pk", flat=True)[:1]
    ]
    found.append(("evals: datasets", reverse("evals:datasets")))
    found += _of(Dataset, "evals:dataset", 1) + _of(Run, "evals:run", 1)
    found += [("changes: list", reverse("changes:list")), ("recalls", reverse("changes:recalls"))]
    found += _of(ArticleChange, "changes:change", 1) + _of(Recall, "changes:recall", 1)
    found += [(f"gaps: {name}", reverse(f"gaps:{name}")) for name in ("list", "drift", "articles")]
    found += _of(Gap, "gaps:gap", 2)
    found.append(("training", reverse("training:overview")))
    return found


def _choices() -> Iterable[tuple[str, str]]:
    return (
        ("28 days", "period=28"),
        ("last week", "period=week"),
        ("90 days", "period=90"),
        ("365 days", "period=365"),
        ("one model", "period=90&model=large-2"),
        ("one prompt", "period=90&prompt=answer.2"),
    )


def _of(model: Any, name: str, most: int) -> list[tuple[str, str]]:
    """Return pages of single rows, spread over all there are."""
    from django.urls import reverse

    keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
    chosen = keys[:: max(1, len(keys) // most)][:most]
    label = name.replace(":", ": ")
    return [(f"{label} {place}", reverse(name, args=[key])) for place, key in enumerate(chosen, 1)]


def measure(base: str, server: int, pages: list[tuple[str, str]]) -> list[Timed]:
    """Have two staff members read every page, again and again, at the same time."""
    timed = asyncio.run(_measure(base, pages))
    taken = asyncio.run(_taken(base, server, pages))
    return [replace(each, cpu=taken[each.path]) for each in timed]


async def _taken(base: str, server: int, pages: list[tuple[str, str]]) -> dict[str, float]:
    """Return each page's milliseconds of a core: the web server's and its database processes'."""
    reader = await _signed_in(base, simulated.STAFF[0])
    found: dict[str, float] = {}
    for _, path in pages:
        await reader.get(path)
        before = _ticks(server)
        for _ in range(SERIAL):
            await reader.get(path)
        found[path] = 1000 * (_ticks(server) - before) / os.sysconf("SC_CLK_TCK") / SERIAL
    await reader.aclose()
    return found


def _ticks(server: int) -> int:
    """Count the ticks that the web server and the database's processes for it have had."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"]) as line:
        rows = line.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        ).fetchall()
    return sum(_ticks_of(each) for each in [server, *(row[0] for row in rows)])


def _ticks_of(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


async def _measure(base: str, pages: list[tuple[str, str]]) -> list[Timed]:
    readers = [await _signed_in(base, name) for name in simulated.STAFF[:READERS]]
    times: dict[str, list[float]] = {path: [] for _, path in pages}
    statuses: dict[str, int] = {}

    async def read(reader: httpx.AsyncClient, shift: int) -> None:
        for number in range(ROUNDS // READERS + WARM):
            # Each begins elsewhere, so that pages meet others as they do in an office.
            for _, path in pages[shift:] + pages[:shift]:
                began = time.perf_counter()
                answer = await reader.get(path)
                if number >= WARM:
                    times[path].append(1000 * (time.perf_counter() - began))
                statuses[path] = max(statuses.get(path, 0), answer.status_code)

    await asyncio.gather(
        *(read(each, place * len(pages) // READERS) for place, each in enumerate(readers))
    )
    for each in readers:
        await each.aclose()
    return [Timed(name, path, statuses[path], tuple(times[path])) for name, path in pages]


async def _signed_in(base: str, name: str) -> httpx.AsyncClient:
    reader = httpx.AsyncClient(base_url=base, timeout=60)
    form = await reader.get("/admin/login/")
    token = _CSRF.search(form.text)
    assert token is not None
    answer = await reader.post(
        "/admin/login/?next=/healthz",
        data={
            "username": name,
            "password": simulated.PASSWORD,
            "csrfmiddlewaretoken": token.group(1),
        },
        headers={"Referer": f"{base}/admin/login/"},
    )
    assert answer.status_code == httpx.codes.FOUND, answer.status_code
    return reader
