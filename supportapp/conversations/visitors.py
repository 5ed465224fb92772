"""Who is asking: an anonymous visitor, known by a signed cookie.

In a view: `visitor = visitors.current(request)`, and before returning
`visitors.remember(request, response)`. On a socket: `visitors.current(scope)`, which is None
where the cookie is missing or was tampered with.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, cast, overload

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, parse_cookie
from django.http.response import HttpResponseBase

from supportapp.conversations.models import Conversation

YEAR = 365 * 24 * 60 * 60
SALT = "supportapp.visitor"


class VisitorRequest(HttpRequest):
    """A request that was asked who it comes from."""

    visitor: uuid.UUID


@overload
def current(source: HttpRequest) -> uuid.UUID: ...
@overload
def current(source: Mapping[str, Any]) -> uuid.UUID | None: ...
def current(source: HttpRequest | Mapping[str, Any]) -> uuid.UUID | None:
    """Return the visitor of a request (a new one where there is none yet) or of a socket."""
    if not isinstance(source, HttpRequest):
        headers = dict(source.get("headers", []))
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
        return read(cookies.get(settings.VISITOR_COOKIE_NAME, ""))
    known: uuid.UUID | None = getattr(source, "visitor", None)
    if known is None:
        known = read(source.COOKIES.get(settings.VISITOR_COOKIE_NAME, "")) or uuid.uuid4()
        cast(VisitorRequest, source).visitor = known
    return known


def remember(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the cookie, where the browser doesn't have it already."""
    visitor = current(request)
    if read(request.COOKIES.get(settings.VISITOR_COOKIE_NAME, "")) == visitor:
        return
    response.set_cookie(
        settings.VISITOR_COOKIE_NAME,
        sign(visitor),
        max_age=YEAR,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def conversations(visitor: uuid.UUID) -> QuerySet[Conversation]:
    """Return the conversations that this visitor may read and write; all others are 404."""
    return Conversation.objects.filter(visitor=visitor, deleted_at=None)


def sign(visitor: uuid.UUID) -> str:
    """Return the cookie's value."""
    return signing.Signer(salt=SALT).sign(visitor.hex)


def read(value: str) -> uuid.UUID | None:
    """Return the visitor of a cookie's value; None where it wasn't signed by us."""
    try:
        return uuid.UUID(hex=signing.Signer(salt=SALT).unsign(value))
    except (signing.BadSignature, ValueError):
        return None
