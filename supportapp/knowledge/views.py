"""The help centre's pages."""

from django.http import HttpRequest, HttpResponse


def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def article(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse()
