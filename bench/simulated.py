"""`python -m bench.simulated [TURNS]`: a made-up past of the sample help centre, always the same.

Ten weeks of customers: questions of `bench/help-centre` in other words, with greetings, slips and
follow-ups; answers made of the articles' own sentences, with citations, spans, receipts and model
calls; answers from memory, ratings, signals, requests for a person; review items with verdicts and
labels; a golden dataset with runs. Rows go in by COPY.

It fills a database of its own, beside nobody's data (`.data/flywheel`, or FLYWHEEL_DIR). What is
there is kept; `--again` makes it anew.
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
QUESTIONS = PROJECT / "bench" / "help-centre" / "questions.jsonl"
TURNS, WEEKS, SEED = 10_000, 10, 20_261
STAFF, PASSWORD = ("lead", "ada", "ben", "chen", "dora"), "simulated-staff-only"
MARK = "Simulated."
OPENINGS = ("", "", "", "Hi, ", "Hello! ", "quick question: ", "please help, ", "hey ", "sorry, ")
ENDINGS = ("", "", "", "", "?", " thanks", " please", " asap!!", " (on my phone)")
FOLLOW_UPS = (
    "and how long does that take?", "does that also work on the phone?", "is there a fee for it",
    "what if I changed my mind", "and for the yearly plan?", "where exactly do I find that?",
)  # fmt: skip
OFF_TOPIC = (
    "which spark plugs fit a 1987 tractor", "can you write my thesis", "who won last night",
    "what's the weather in Lisbon", "do you sell train tickets", "is my neighbour your customer",
)  # fmt: skip
ROUTES = ("approved", "memory", "quoting", "small", "large", "voting")
SHARES = (4, 14, 22, 32, 25, 3)
MODELS = {"small": ("small-4", 0.0006), "large": ("large-2", 0.011), "voting": ("large-2", 0.034)}
STEPS = (
    "guard.in",
    "rewrite",
    "memory",
    "retrieval",
    "routing",
    "generation",
    "guard.out",
    "store",
)
COMMENTS = ("that is not what I asked", "old prices", "worked, thank you", "too long", "")


@dataclass
class Piece:
    """A live passage that answers may rest on."""

    passage: int
    revision: int
    article: int
    slug: str
    title: str
    sentences: list[str]


@dataclass
class Rows:
    """What is to be stored, by model; in the order in which it may be."""

    held: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, *rows: Any) -> None:
        for row in rows:
            self.held.setdefault(type(row)._meta.label, []).append(row)


def main() -> None:
    turns = next((int(each) for each in sys.argv[1:] if each.isdecimal()), TURNS)
    os.environ |= environment(turns)
    import django

    django.setup()
    prepare()
    began = time.perf_counter()
    counts = fill(turns, again="--again" in sys.argv)
    print(json.dumps(counts | {"seconds": round(time.perf_counter() - began, 1)}, indent=1))


def environment(turns: int = TURNS) -> dict[str, str]:
    """Return what a process needs to see the simulated past; the database is made if need be."""
    from bench.scale import places

    os.environ["SCALE_DIR"] = os.environ.get("FLYWHEEL_DIR") or str(PROJECT / ".data" / "flywheel")
    return places.environment(turns)


def prepare() -> None:
    """Have the tables, the sample help centre with its vectors, and staff."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from supportapp.knowledge.models import Passage

    call_command("migrate", verbosity=0)
    call_command("prepare", stdout=io.StringIO())
    if not Passage.objects.exists():
        call_command("ingest", str(PROJECT / "knowledge"))
    for name in STAFF:
        if not User.objects.filter(username=name).exists():
            User.objects.create_superuser(name, f"{name}@example.com", PASSWORD)


def fill(
    turns: int = TURNS, *, again: bool = False, until: datetime | None = None
) -> dict[str, int]:
    """Make the past, where it isn't there; returns how many rows of what."""
    from django.db import connection, transaction

    from supportapp.conversations.models import Conversation, Turn
    from supportapp.insight import facts
    from supportapp.knowledge.models import Workspace

    if Conversation.objects.filter(title=MARK).exists():
        if not again:
            return {"conversations.Turn": Turn.objects.count()}
        _forget()
    end = until or datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    world = World(Workspace.default().pk, end, random.Random(SEED))
    world.live(turns)
    with transaction.atomic():
        for rows in world.rows.held.values():
            _copy(rows)
    _after(world)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    facts.make_again()
    return {label: len(rows) for label, rows in world.rows.held.items()}


def _forget() -> None:
    """Empty what `fill` fills; the help centre stays."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE conversations_conversation, gateway_modelcall, guardrails_guardcount,"
            " evals_dataset, outbox_outboxevent CASCADE"
        )


def _copy(rows: Sequence[Any]) -> None:
    """Store rows as they are, their times too, by COPY."""
    from django.db import connection
    from django.db.models import NOT_PROVIDED

    fields = [
        each
        for each in rows[0]._meta.concrete_fields
        if not (each.primary_key and getattr(rows[0], each.attname) is None)
    ]
    assert all(each.db_default is NOT_PROVIDED for each in fields)
    names = ", ".join(f'"{each.column}"' for each in fields)
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY {rows[0]._meta.db_table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(
                [each.get_db_prep_save(getattr(row, each.attname), connection) for each in fields]
            )


def pieces() -> dict[str, list[Piece]]:
    """Return the live passages by article."""
    from supportapp.knowledge.models import Passage
    from supportapp.retrieval import sentences

    found: dict[str, list[Piece]] = {}
    live = Passage.objects.filter(generation_removed=None).select_related("revision__article")
    for each in live.order_by("pk"):
        said = [text for text in sentences.plain(each.text).split(". ") if len(text) > 30][:4]
        article = each.revision.article
        if said:
            found.setdefault(article.slug, []).append(
                Piece(each.pk, each.revision_id, article.pk, article.slug, each.title, said)
            )
    return found


class World:
    """Customers, what they asked, and what came of it."""

    def __init__(self, workspace: int, end: datetime, chance: random.Random) -> None:
        from django.contrib.auth.models import User

        self.workspace, self.end, self.chance = workspace, end, chance
        self.rows = Rows()
        self.pieces = pieces()
        self.every = [piece for group in self.pieces.values() for piece in group]
        lines = QUESTIONS.read_text("utf-8").splitlines()
        self.questions = [json.loads(line) for line in lines]
        self.staff = list(User.objects.filter(username__in=STAFF).order_by("pk"))
        self.items = self.marks = 0

    def id(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def some(self, of_hundred: float) -> bool:
        return self.chance.random() * 100 < of_hundred

    def live(self, turns: int) -> None:
        """Make conversations until there are so many turns."""
        known: list[uuid.UUID] = []
        made = 0
        while made < turns:
            returns = known and self.some(22)
            visitor = self.chance.choice(known) if returns else self.id()
            known.append(visitor)
            made += self._conversation(visitor, most=turns - made)

    def _when(self) -> datetime:
        """Return a time of the past weeks: more lately, less at night and at weekends."""
        while True:
            share = 1 - abs(self.chance.triangular(0, 1, 0))
            at = self.end - timedelta(weeks=WEEKS) * (1 - share) - timedelta(hours=1)
            busy = (1.0 if at.weekday() < 5 else 0.4) * (1.0 if 7 <= at.hour <= 21 else 0.15)
            if self.chance.random() < busy:
                return at

    def _conversation(self, visitor: uuid.UUID, most: int) -> int:
        from supportapp.conversations.models import Conversation

        at = self._when()
        mine = Conversation(
            id=self.id(), workspace_id=self.workspace, visitor=visitor, title=MARK, language="en",
            created_at=at, updated_at=at,
            deleted_at=at + timedelta(days=1) if self.some(2) else None,
        )  # fmt: skip
        self.rows.add(mine)
        count = min(most, self.chance.choices((1, 2, 3, 4, 6), (55, 24, 12, 6, 3))[0])
        position, old, topic = 0, None, self._topic()
        for number in range(count):
            if old is not None and self.some(9):
                cause = self.chance.choice(("edit", "regenerate"))
                old = self._turn(mine, position, at, topic, supersedes=(old, cause))
            else:
                position += 1
                if number and self.some(35):
                    topic = self._topic()
                old = self._turn(mine, position, at, topic, follows=number > 0)
            at = min(self.end, at + timedelta(seconds=self.chance.randint(25, 400)))
        mine.updated_at = at
        if self.some(5):
            self._hand_over(old, at)
        return count

    def _topic(self) -> dict[str, Any]:
        """Return a question of the help centre; now and then one that no article answers."""
        known = self.chance.choice(self.questions)
        while not known.get("articles") and self.some(85):
            known = self.chance.choice(self.questions)
        return known

    def wording(self, topic: dict[str, Any], *, follows: bool) -> str:
        """Return a question as somebody in a hurry types it."""
        if follows and self.some(40):
            return self.chance.choice(FOLLOW_UPS)
        text = topic["text"]
        if self.some(25):
            place = self.chance.randrange(len(text))
            text = text[:place] + text[place + 1 :]
        return f"{self.chance.choice(OPENINGS)}{text}{self.chance.choice(ENDINGS)}"

    def _turn(
        self,
        home: Any,
        position: int,
        at: datetime,
        topic: dict[str, Any],
        *,
        follows: bool = False,
        supersedes: tuple[Any, str] | None = None,
    ) -> Any:
        from supportapp.conversations.models import Turn

        is_off = self.some(6)
        text = self.chance.choice(OFF_TOPIC) if is_off else self.wording(topic, follows=follows)
        turn = Turn(
            id=self.id(), conversation=home, position=position, client_id=self.id(),
            question=text, state="answered", created_at=at, started_at=at, heartbeat_at=at,
        )  # fmt: skip
        if supersedes:
            turn.supersedes, turn.cause = supersedes
            self._signal(
                turn.supersedes, f"{turn.cause}ed" if turn.cause == "edit" else "regenerated", at
            )
        found = [each for slug in topic.get("articles") or () for each in self.pieces.get(slug, ())]
        chosen = self.chance.random() * 100
        if chosen < 2:
            turn.state, turn.error_code = self.chance.choice(
                (("failed", "timeout"), ("interrupted", "interrupted"), ("cancelled", ""))
            )
            turn.finished_at = at + timedelta(seconds=20)
        elif chosen < 4:
            turn.outcome = "smalltalk" if self.some(50) else "blocked"
        elif is_off or not found or chosen < 12:
            turn.outcome = "no_evidence"
        else:
            turn.outcome = "answered"
        self._answer(turn, found or self.chance.sample(self.every, 2))
        self.rows.add(turn)
        self._react(turn, at)
        return turn

    def _answer(self, turn: Any, found: Sequence[Piece]) -> None:
        """Fill in the answer, its receipt, citations, spans and calls."""
        from supportapp.conversations.models import Citation, SpanRecord

        if turn.state != "answered":
            return
        route = self.chance.choices(ROUTES, SHARES)[0] if turn.outcome == "answered" else "quoting"
        # A new prompt in the last three weeks, which begins sooner.
        is_new = self.end - turn.created_at < timedelta(weeks=3)
        first = self.chance.lognormvariate(
            5.2 if route in ROUTES[:3] else 6.9 - 0.25 * is_new, 0.45
        )
        turn.first_token_at = turn.created_at + timedelta(milliseconds=first)
        turn.finished_at = turn.first_token_at + timedelta(
            milliseconds=self.chance.randint(5, 4000)
        )
        cited = self.chance.sample(list(found), min(len(found), self.chance.randint(1, 3)))
        if turn.outcome == "answered":
            turn.answer = " ".join(
                f"{text.rstrip('.')} [{number}]."
                for number, piece in enumerate(cited, start=1)
                for text in piece.sentences[:2]
            )
            turn.kind = "generated" if route in MODELS else "quoted"
            if route in MODELS:
                turn.model, turn.prompt_version = MODELS[route][0], f"answer.{2 if is_new else 1}"
            self.rows.add(
                *(
                    Citation(
                        turn=turn, number=number, passage_id=each.passage, article_id=each.article,
                        revision_id=each.revision, quote=each.sentences[0],
                    )
                    for number, each in enumerate(cited, start=1)
                )
            )  # fmt: skip
        turn.receipt = self._receipt(turn, route, found, first)
        begun = 0.0
        for place, name in enumerate(STEPS):
            took = self.chance.expovariate(1 / 25)
            self.rows.add(
                SpanRecord(
                    turn=turn, name=name, position=place, started_ms=begun, duration_ms=took,
                    attributes={"n": place},
                )
            )  # fmt: skip
            begun += took

    def _receipt(
        self, turn: Any, route: str, found: Sequence[Piece], first: float
    ) -> dict[str, Any]:
        guards = []
        if turn.outcome == "blocked" or self.some(4):
            guard, action = self.chance.choice(
                (("injection", "rewrite"), ("personal_data", "redact"), ("support", "block"))
            )
            guards = [{"guard": guard, "action": action, "code": guard, "count": 1}]
        calls = self._calls(turn, route, first) if turn.outcome == "answered" else []
        memory = {"approved": "approved", "memory": "hit"}.get(route, "miss")
        others = self.chance.sample(self.every, min(20, len(self.every)))
        return {
            "asker": {"audiences": ["public"]},
            "generation": 1,
            "confidence": round(self.chance.betavariate(6, 3), 4),
            "degraded": [],
            "guardrails": [each["code"] for each in guards],
            "guards": guards,
            "evidence": [
                {"number": n, "passage": e.passage, "revision": e.revision, "article": e.article,
                 "slug": e.slug, "score": round(self.chance.random(), 4)}
                for n, e in enumerate(found, start=1)
            ],
            "candidates": [
                {"passage": e.passage, "keyword_rank": n, "keyword_score": 1.5, "vector_rank": n,
                 "vector_score": 0.6, "fused_score": round(1 / n, 4)}
                for n, e in enumerate(others, start=1)
            ],
            "search_ms": {"keyword": 1.2, "vector": 6.3, "embed": 8.8},
            "memory": {"outcome": memory, "remembered": 1, "likeness": 0.93},
            "route": {"route": route, "policy": "balanced", "difficulty": 0.3, "reasons": []},
            "model": turn.model,
            "kind": turn.kind,
            "outcome": turn.outcome,
            "calls": calls,
            "timings_ms": {"waited": 2.0, "first_token": round(first, 1), "total": first + 400},
        }  # fmt: skip

    def _calls(self, turn: Any, route: str, first: float) -> list[dict[str, Any]]:
        from supportapp.gateway.models import ModelCall

        if route not in MODELS:
            return []
        model, price = MODELS[route]
        cost = Decimal(str(round(price * self.chance.uniform(0.5, 1.8), 8)))
        self.rows.add(
            ModelCall(
                workspace_id=self.workspace, turn_id=turn.id, purpose="answer", endpoint=model,
                provider="openai", requested=model, model=f"{model}-2026-08", tokens_in=1800,
                tokens_out=220, cost=cost, first_token_ms=first, total_ms=first + 900,
                finish_reason="stop", created_at=turn.created_at,
            )
        )  # fmt: skip
        return [{"purpose": "answer", "endpoint": model, "cost": str(cost), "tokens_in": 1800}]

    def _react(self, turn: Any, at: datetime) -> None:
        """Rate, copy, follow, come back: what the customer did; and what staff make of it."""
        from supportapp.review.models import Feedback

        later = min(self.end, at + timedelta(seconds=self.chance.randint(5, 90)))
        is_good = turn.outcome == "answered" and self.some(84)
        for kind, share in (("copied", 8), ("followed_citation", 9), ("solved", 11)):
            if is_good and self.some(share):
                self._signal(turn, kind, later)
        if not is_good and self.some(14):
            self._signal(turn, "came_back", later)
        is_down = False
        if turn.state == "answered" and self.some(13):
            is_down = not is_good or self.some(8)
            self.rows.add(
                Feedback(
                    turn=turn, visitor=turn.conversation.visitor, value="down" if is_down else "up",
                    reasons=["wrong"] if is_down else [], comment=self.chance.choice(COMMENTS),
                    created_at=later, updated_at=later,
                )
            )  # fmt: skip
        reason = "low_rated" if is_down else "guardrail" if turn.outcome == "blocked" else "sampled"
        if turn.state == "answered" and (reason != "sampled" or self.some(9)):
            self._review(turn, reason, later)

    def _signal(self, turn: Any, kind: str, at: datetime) -> None:
        from supportapp.review.models import Signal

        self.rows.add(Signal(turn=turn, kind=kind, event_id=self.id(), created_at=at))

    def _hand_over(self, turn: Any, at: datetime) -> None:
        from supportapp.conversations.models import Handoff

        self._signal(turn, "asked_person", at)
        state = self.chance.choice(("open", "closed", "closed", "taken"))
        taken = None if state == "open" else at
        self.rows.add(
            Handoff(
                conversation=turn.conversation, turn=turn, client_id=self.id(),
                contact=f"visitor{self.chance.randrange(10**6)}@example.com", state=state,
                message="Please call me back.", created_at=at, taken_at=taken,
                closed_at=at if state == "closed" else None,
                handled_by=None if state == "open" else self.chance.choice(self.staff),
            )
        )  # fmt: skip

    def _review(self, turn: Any, reason: str, at: datetime) -> None:
        from supportapp.review.models import Annotation, Label, ReviewItem

        self.items += 1
        is_done = self.some(70)
        item = ReviewItem(
            id=self.items, turn=turn, reason=reason, created_at=at,
            priority={"low_rated": 30, "guardrail": 25}.get(reason, 10),
            state="done" if is_done else "open", done_at=at if is_done else None,
        )  # fmt: skip
        self.rows.add(item)
        if not is_done:
            return
        # A second opinion on one in ten.
        for reviewer in self.chance.sample(self.staff, 2 if self.some(10) else 1):
            self.marks += 1
            verdict = "wrong" if reason == "low_rated" and self.some(60) else "good"
            judged = Annotation(
                id=self.marks, item=item, reviewer=reviewer, verdict=verdict,
                created_at=min(self.end, at + timedelta(hours=5)),
            )  # fmt: skip
            self.rows.add(judged)
            self.rows.add(
                *(
                    Label(annotation=judged, question=name, value=verdict == "good")
                    for name in ("supported", "relevant", "complete", "tone", "should_answer")
                )
            )


def _after(world: World) -> None:
    """Set the counters behind ids that were given; count guards; make a golden dataset."""
    from django.core.management.color import no_style
    from django.db import connection

    from supportapp.evals import datasets
    from supportapp.knowledge.models import Workspace
    from supportapp.review.models import Annotation, ReviewItem

    with connection.cursor() as cursor:
        for line in connection.ops.sequence_reset_sql(no_style(), [ReviewItem, Annotation]):
            cursor.execute(line)
        cursor.execute(
            "INSERT INTO guardrails_guardcount (workspace_id, day, guard, action, code, count)"
            " SELECT c.workspace_id, t.created_at::date, g ->> 'guard', g ->> 'action',"
            " g ->> 'code', count(*) FROM conversations_turn t"
            " JOIN conversations_conversation c ON c.id = t.conversation_id,"
            " jsonb_array_elements(t.receipt -> 'guards') g GROUP BY 1, 2, 3, 4, 5"
        )
    golden = datasets.golden(Workspace.objects.get(pk=world.workspace))
    for known in world.questions[:120]:
        slugs = [slug for slug in known.get("articles") or () if slug in world.pieces]
        if slugs:
            expected = ". ".join(world.pieces[slugs[0]][0].sentences[:2])
            datasets.add(golden, question=known["text"], expected=expected, articles=slugs)


if __name__ == "__main__":
    main()
