"""Every number of the dashboard, against turns that were counted by hand."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from supportapp.conversations.models import Conversation, Turn
from supportapp.insight import counting, dashboard, drilldown, facts, measures
from supportapp.insight.models import TurnFact
from tests.integration.insight.conftest import NOW, Books

PAGE = reverse("insight:dashboard")
# Of the conversations: confirmed, settled, second of two, quiet, second wording are resolved.
COUNTED = {
    "questions": 13,
    "answered": 9 - 1,
    "declined": 2,
    "blocked": 1,
    "failed": 1,
    "stopped": 1,
    "rated": 3,
    "up": 2,
    "down": 1,
    "remembered": 1,
    "guarded": 2,
    "slow": 8,
    "conversations": 12,
    "resolved": 5,
    "confirmed": 1,
    "settled": 2,
    "quiet": 2,
    "handed_over": 1,
    "came_back": 1,
    "unhappy": 1,
    "unanswered": 2,
    "abandoned": 2,
}
# Finished turns, whether counted or not.
MADE = 20
BEFORE = {"questions": 3, "answered": 2, "declined": 1, "resolved": 1, "unhappy": 1, "rated": 1}


def counted(books: Books, **choice: str) -> dict[str, int]:
    facts.catch_up()
    days = counting.by_day(books.choice(**choice), NOW)
    return dict(counting.summed(each for each in days if each.is_now))


def test_every_measure_is_as_counted_by_hand(books: Books) -> None:
    assert counted(books) == COUNTED
    days = counting.by_day(books.choice(), NOW)
    before = counting.summed(each for each in days if not each.is_now)
    assert {slug: before[slug] for slug in BEFORE} == BEFORE


def test_behind_every_number_stand_as_many_turns(books: Books) -> None:
    listed = {
        slug: drilldown.listed(books.choice(), NOW, measure=slug) for slug in measures.BY_SLUG
    }
    assert {slug: len(each.rows) if each else None for slug, each in listed.items()} == COUNTED


def test_prompts_and_models_are_told_apart(books: Books) -> None:
    assert counted(books, model="m")["questions"] == 3
    assert counted(books, model="m")["resolved"] == 3
    assert counted(books, prompt="a.1")["questions"] == 1
    assert counted(books, model="none")["questions"] == 10
    assert counting.names(books.choice(), NOW, "model") == ["", "m"]
    assert counting.names(books.choice(), NOW, "prompt") == ["", "a.1", "a.2"]


def test_the_pages_figures_costs_and_times_are_as_counted_by_hand(books: Books) -> None:
    found = dashboard.gather(books.choice(), NOW)
    shown = {each.slug: each for each in found.figures}
    assert shown["cost"].value == pytest.approx((0.02 + 0.01 + 0.03 + 0.04) / 5)
    assert found.unpriced == 1
    assert found.quiet == 2
    # 100, 200, 300, 400, 600, 700, 900, 1000: the fourth, and the eighth.
    assert (shown["p50"].value, shown["p95"].value) == (400.0, 1000.0)
    assert shown["p50"].before == 900.0
    assert (shown["up"].count, shown["up"].total) == (2, 3)
    assert shown["up"].shown == "67%"
    assert shown["questions"].change == "+333% against 3"
    parts = {
        each.slug: {bar.key: bar.count for bar in each.bars if bar.count}
        for each in found.breakdowns
    }
    assert parts["routes"] == {"quoting": 3, "model": 2, "memory": 1, "small": 1, "tools": 1}
    assert parts["guards"] == {"injection": 2}
    drilled = drilldown.listed(books.choice(), NOW, measure="route", key="quoting")
    assert drilled is not None
    assert len(drilled.rows) == 3


def test_the_charts_hold_the_same_numbers(books: Books) -> None:
    found = {each.slug: each for each in dashboard.gather(books.choice(), NOW).trends}
    assert sum(point.value or 0 for line in found["endings"].lines for point in line.points) == 13
    assert len(found["endings"].lines[0].points) == 14
    assert sum(point.counted for point in found["resolved"].lines[0].points) == 12
    assert "<polygon" in found["answered"].drawing
    weekly = {each.slug: each for each in dashboard.gather(books.choice(days=90), NOW).trends}
    assert len(weekly["endings"].lines[0].points) == 13
    assert sum(point.counted for point in weekly["resolved"].lines[0].points) == 15


def test_what_happens_later_is_counted_at_once(books: Books) -> None:
    assert counted(books)["resolved"] == 5
    books.signal("settled", "came_back")
    books.signal("quiet", "solved")
    Turn.objects.filter(pk=books.turns["running"].pk).update(state="answered", outcome="answered")
    Conversation.objects.filter(pk=books.turns["unhappy"].conversation_id).update(deleted_at=NOW)
    now = counted(books)
    assert (now["came_back"], now["confirmed"], now["unhappy"]) == (2, 2, 0)
    assert now["questions"] == 13 - 1 + 1
    # A second question in a conversation moves it to that question.
    home = books.turns["confirmed"].conversation
    books.turn("one more", home, days=1, position=2, outcome="no_evidence")
    now = counted(books)
    assert (now["confirmed"], now["unanswered"]) == (1, 3)


def test_facts_made_again_are_the_same(books: Books) -> None:
    facts.catch_up()
    before = list(TurnFact.objects.order_by("pk").values())
    assert facts.make_again() == len(before) == MADE
    assert list(TurnFact.objects.order_by("pk").values()) == before
    assert facts.missing() == 0


def test_facts_of_many_turns_are_made_in_batches(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "BATCH", 5)
    monkeypatch.setattr(facts.make_some, "__defaults__", (5,))
    assert facts.catch_up(1) == MADE - 5
    assert dashboard.gather(books.choice(), NOW).missing == MADE - 15
    assert counted(books) == COUNTED


def rows(response: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode())))  # type: ignore[attr-defined]


def address(books: Books, name: str = "insight:dashboard", **more: str) -> str:
    query = books.choice().query
    return f"{reverse(name)}?{query}" + "".join(f"&{key}={value}" for key, value in more.items())


def test_the_page_shows_and_exports_the_numbers(
    books: Books, sign_in: Callable[..., tuple[Client, object]]
) -> None:
    client, _ = sign_in("see_dashboard", "view_turn")
    page = client.get(address(books))
    text = page.content.decode()
    assert page.status_code == 200
    assert "5 March to 18 March 2026, against 19 February to 4 March 2026" in text
    assert text.count('<svg class="trend-chart"') == 6
    exported = {
        row["measure"]: row
        for row in rows(client.get(address(books, "insight:dashboard_export", table="figures")))
    }
    assert exported["Questions"]["value"] == "13.0"
    assert float(exported["Resolved"]["value"]) == pytest.approx(5 / 12)
    for table in ("trends", "breakdowns", "subjects", "gaps"):
        assert (
            client.get(address(books, "insight:dashboard_export", table=table)).status_code == 200
        )
    assert client.get(address(books, "insight:dashboard_export", table="x")).status_code == 404


def test_only_staff_with_permission_see_it_and_turns_need_one_more(
    books: Books, sign_in: Callable[..., tuple[Client, object]]
) -> None:
    pages = ["insight:dashboard", "insight:turns", "insight:dashboard_export", "insight:digests"]
    for name in pages:
        assert Client().get(address(books, name)).status_code == 302
        assert sign_in()[0].get(address(books, name)).status_code == 403
    client, _ = sign_in("see_dashboard")
    assert client.get(address(books, "insight:turns", measure="declined")).status_code == 403
    text = client.get(address(books)).content.decode()
    assert reverse("insight:turns") not in text
    reader, _ = sign_in("see_dashboard", "view_turn")
    listed = reader.get(address(books, "insight:turns", measure="declined")).content.decode()
    assert "Question declined" in listed
    assert "Question deleted" not in listed
    assert reader.get(address(books, "insight:turns", measure="nonsense")).status_code == 404


def test_a_workspace_shows_nothing_of_another(
    books: Books, sign_in: Callable[..., tuple[Client, object]]
) -> None:
    client, _ = sign_in("see_dashboard", "view_turn")
    own = client.get(address(books, "insight:turns", measure="questions")).content.decode()
    assert "Their secret question" not in own
    theirs = client.get(
        reverse("insight:turns"),
        {
            "workspace": "other",
            "period": "own",
            "first": "2026-03-01",
            "last": "2026-03-18",
            "measure": "questions",
        },
    ).content.decode()
    assert "Their secret question" in theirs
    assert "Question declined" not in theirs


def test_a_fresh_installation_says_what_will_appear(
    db: None, sign_in: Callable[..., tuple[Client, object]]
) -> None:
    client, _ = sign_in("see_dashboard")
    text = client.get(PAGE).content.decode()
    assert "Nothing was asked yet" in text
    assert '<svg class="trend-chart"' not in text


@pytest.mark.parametrize(
    "query",
    [
        "period=own",
        "period=own&first=2026-02-01&last=2026-01-01",
        "period=x",
        "period=own&first=0001-01-01&last=0001-01-05",
        "workspace=' OR 1=1",
        "prompt=%00",
    ],
)
def test_a_choice_that_makes_no_sense_shows_the_last_weeks(
    db: None, sign_in: Callable[..., tuple[Client, object]], query: str
) -> None:
    client, _ = sign_in("see_dashboard")
    assert client.get(f"{PAGE}?{query}").status_code == 400


def test_a_formula_in_a_models_name_stays_a_text(
    books: Books, sign_in: Callable[..., tuple[Client, object]]
) -> None:
    Turn.objects.filter(pk=books.turns["declined"].pk).update(
        receipt={"guards": [{"guard": "=HYPERLINK(1)", "action": "block", "code": "", "count": 1}]}
    )
    client, _ = sign_in("see_dashboard")
    text = client.get(address(books, "insight:dashboard_export", table="breakdowns"))
    assert "'=HYPERLINK(1)" in text.content.decode()


def test_last_week_means_monday_to_sunday(
    books: Books, sign_in: Callable[..., tuple[Client, object]]
) -> None:
    client, _ = sign_in("see_dashboard")
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday() + 7)
    text = client.get(f"{PAGE}?period=week").content.decode()
    assert f'value="{monday:%Y-%m-%d}"' in text
