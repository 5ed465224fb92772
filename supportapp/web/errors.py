"""Pages for what goes wrong: what happened, what to do, and an id to tell support."""

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

RETRY_SECONDS = 5
TEXTS = {
    400: ("This request can't be read", "Go back, reload the page and try again."),
    403: (
        "You can't do this here",
        "Reload the page and try again. If you signed in meanwhile, open the page anew.",
    ),
    404: (
        "There is nothing here",
        "The address may be mistyped, or this belongs to someone else. Start from the first page.",
    ),
    409: ("Not just now", "Something else is still going on here. Try again in a moment."),
    413: ("That is too large", "Shorten it, or send a smaller file."),
    429: ("That was a lot at once", "Wait a moment, then try again. Nothing you wrote is lost."),
    500: (
        "Something went wrong on our side",
        "It has been noted. Try again in a moment; if it stays, tell support the id below.",
    ),
    503: (
        "We can't reach our own services",
        "This is on our side. Try again in a minute; what you sent before is kept.",
    ),
}


def page(
    request: HttpRequest, status: int, *, message: str = "", retry_after: int | None = None
) -> HttpResponse:
    """Render the error page for a status; `message` replaces the usual advice."""
    title, usual = TEXTS[status]
    context = {
        "status": status,
        "title": title,
        "message": message or usual,
        "request_id": getattr(request, "request_id", ""),
    }
    response = render(request, "web/error.html", context, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say so without asking anything of the database, which may be what failed."""
    away = isinstance(sys.exc_info()[1], OperationalError)
    status = 503 if away else 500
    response = HttpResponse(_plain_page(status, getattr(request, "request_id", "")), status=status)
    if away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _plain_page(status: int, request_id: str) -> str:
    title, advice = TEXTS[status]
    sheets = "".join(
        f'<link rel="stylesheet" href="{settings.STATIC_URL}css/{name}.css">'
        for name in ("tokens", "base")
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title>{sheets}</head><body><main class="error-page">'
        f"<h1>{title}</h1><p>{advice}</p><p>Id: <code>{request_id}</code></p>"
        '<p><a href="/">Start again</a></p></main></body></html>'
    )
