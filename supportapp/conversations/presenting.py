"""What a turn looks like to a customer: one value for the page, the partial and the socket.

`templates/conversations/_turn.html` gets {"turn": TurnView, "conversation_id": UUID} and draws it.
The same partial is used by the page, by chat:turn and by the socket's "turn" frames.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, parse_cookie
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from supportapp.conversations import tool_presenting
from supportapp.conversations.models import Citation, Turn
from supportapp.conversations.tool_presenting import ToolsView
from supportapp.knowledge import rendering
from supportapp.retrieval import sentences

TEMPLATE = "conversations/_turn.html"
CSRF_LENGTHS = (32, 64)
MARKER = re.compile(r" ?\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class CitationView:
    """One numbered source. `url` opens the passage beside the chat, `article_url` its article."""

    number: int
    title: str
    headings: tuple[str, ...]
    quote: str
    url: str
    article_url: str


@dataclass(frozen=True, slots=True)
class ClosestView:
    """An article that comes near a question that wasn't answered."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """Everything the partial may show.

    state: waiting | streaming | answered | failed | cancelled | interrupted.
    While it runs (`is_running`), `partial_text` is the text so far (plain text) and `seq` the
    number of the last frame in it: follow with after=seq. Otherwise `answer_html` is the
    sanitised answer, whole or, where the turn failed or was stopped, as far as it came
    (`is_partial`).
    kind: quoted | generated | looked_up | "" (a fixed text: greeting, no evidence, withheld).
    outcome: answered | no_evidence | blocked | smalltalk | "".
    notices: codes: model_unavailable | other_model | budget_spent | model_busy | ungrounded |
    vectors_unavailable | offer_person | withheld | self_harm | unsupported | held_back |
    disagreed | safer_wording (of the suggestions).
    error_code: of a failed or interrupted turn: model_incomplete | deadline | interrupted |
    unavailable | any `code` of supportapp.llm.errors.
    replaces: the id of the turn that this one supersedes, where it does.
    superseded: a newer version of the turn exists.
    tools: what tools looked up for the answer, and the card that asks for a yes.
    feedback: what the caller knows of the visitor's feedback; this room doesn't look at it.
    """

    id: uuid.UUID
    client_id: uuid.UUID
    conversation_id: uuid.UUID
    position: int
    state: str
    cause: str
    question: str
    is_running: bool
    answer_html: SafeString
    answer_text: str
    partial_text: str
    seq: int
    kind: str
    outcome: str
    citations: tuple[CitationView, ...]
    closest: tuple[ClosestView, ...]
    suggestions: tuple[str, ...]
    notices: tuple[str, ...]
    error_code: str
    created_at: datetime
    finished_at: datetime | None
    model: str
    prompt_version: str
    replaces: uuid.UUID | None
    superseded: bool
    tools: ToolsView
    feedback: object | None = None

    @property
    def is_final(self) -> bool:
        return not self.is_running

    @property
    def is_partial(self) -> bool:
        return self.is_final and self.state != Turn.State.ANSWERED and bool(self.answer_text)

    @property
    def can_regenerate(self) -> bool:
        return self.is_final and not self.superseded

    @property
    def can_edit(self) -> bool:
        return not self.superseded

    @property
    def offer_person(self) -> bool:
        unanswered = self.outcome in {"no_evidence", "blocked"}
        broken = self.state in {Turn.State.FAILED, Turn.State.INTERRUPTED}
        return unanswered or broken or "offer_person" in self.notices


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running turn's text has come."""

    text: str
    seq: int


def view(
    turn: Turn, *, progress: Progress | None = None, feedback: object | None = None
) -> TurnView:
    """Build the view of a turn.

    Prefetch "citations__passage", "citations__article" and select "superseded_by" where many are
    shown. `progress` is newer than the row where this process runs the turn (`live.progress`).
    """
    running = turn.is_running
    now = progress or Progress(turn.answer, turn.streamed_seq)
    citations = () if running else tuple(_citation(turn, each) for each in turn.citations.all())
    tools = tool_presenting.tools_view(turn)
    return TurnView(
        id=turn.pk,
        client_id=turn.client_id,
        conversation_id=turn.conversation_id,
        position=turn.position,
        state=turn.state,
        cause=turn.cause,
        question=turn.question,
        is_running=running,
        answer_html=mark_safe("") if running else _cited_html(turn, citations, tools),
        answer_text="" if running else turn.answer,
        partial_text=now.text if running else "",
        seq=now.seq if running else 0,
        kind=turn.kind,
        outcome=turn.outcome,
        citations=citations,
        closest=_closest(turn),
        suggestions=tuple(turn.suggestions),
        notices=tuple(turn.notices),
        error_code=turn.error_code,
        created_at=turn.created_at,
        finished_at=turn.finished_at,
        model=turn.model,
        prompt_version=turn.prompt_version,
        replaces=turn.supersedes_id,
        # What is superseded is stopped first.
        superseded=not running and hasattr(turn, "superseded_by"),
        tools=tools,
        feedback=feedback,
    )


def _closest(turn: Turn) -> tuple[ClosestView, ...]:
    return tuple(
        ClosestView(each["title"], reverse("help:article", args=[each["slug"]]))
        for each in turn.closest
    )


def turn_html(
    turn: Turn,
    request_like: HttpRequest | Mapping[str, Any] | None = None,
    *,
    progress: Progress | None = None,
    feedback: object | None = None,
) -> str:
    """Render the turn's partial for a page's request or a socket's scope."""
    request = request_like
    if request is not None and not isinstance(request, HttpRequest):
        request = request_of(request)
    context = {
        "turn": view(turn, progress=progress, feedback=feedback),
        "conversation_id": turn.conversation_id,
    }
    return render_to_string(TEMPLATE, context, request=request)


def request_of(scope: Mapping[str, Any]) -> HttpRequest:
    """Make the request that a partial needs (user, cookies, CSRF secret) from a socket's scope."""
    request = HttpRequest()
    headers = dict(scope.get("headers", []))
    request.COOKIES = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    secret = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    if len(secret) in CSRF_LENGTHS and secret.isalnum():
        request.META["CSRF_COOKIE"] = secret
    request.user = scope.get("user") or AnonymousUser()
    request.path = request.path_info = scope.get("path", "/")
    request.method = "GET"
    return request


def _citation(turn: Turn, citation: Citation) -> CitationView:
    article = reverse("help:article", args=[citation.article.slug])
    return CitationView(
        number=citation.number,
        title=citation.passage.title,
        headings=tuple(citation.passage.headings),
        quote=citation.quote,
        url=reverse("chat:passage", args=[turn.pk, citation.number]),
        article_url=f"{article}?passage={citation.passage_id}#passage",
    )


def _cited_html(turn: Turn, citations: tuple[CitationView, ...], tools: ToolsView) -> SafeString:
    """Render Markdown, sanitise it, then turn its [n] markers into links to their sources."""
    links = {
        each.number: format_html(
            '<a class="citation" href="{}" data-number="{}" title="{}" '
            'aria-label="Source {}: {}">{}</a>',
            each.url,
            each.number,
            each.title,
            each.number,
            each.title,
            each.number,
        )
        for each in citations
    }
    linker = _MarkerLinker(links | tool_presenting.links(tools))
    is_whole = turn.state == Turn.State.ANSWERED
    text = turn.answer if is_whole else sentences.without_loose_ends(turn.answer)
    linker.feed(rendering.to_html(text))
    linker.close()
    return mark_safe("".join(linker.parts))  # noqa: S308  (sanitised above; only links are added)


class _MarkerLinker(HTMLParser):
    """Copies sanitised HTML as it is, replacing [n] in text, never in attributes, code or links."""

    CLOSED = frozenset({"code", "pre", "a"})

    def __init__(self, links: Mapping[int, SafeString]) -> None:
        super().__init__(convert_charrefs=False)
        self.links = links
        self.parts: list[str] = []
        self._closed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._closed += tag in self.CLOSED
        self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self._closed -= tag in self.CLOSED
        self.parts.append(f"</{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(self.get_starttag_text() or "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data if self._closed else MARKER.sub(self._link, data))

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def _link(self, match: re.Match[str]) -> str:
        link = self.links.get(int(match[1]))
        if link is None:
            return ""
        # A number must not begin a line: it belongs to the words before it.
        return link if match[0].startswith("[") else f"\N{NO-BREAK SPACE}{link}"
