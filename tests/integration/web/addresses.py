"""Every address of the site, with an example in the place of each parameter."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from django.urls.exceptions import NoReverseMatch
from django.urls.resolvers import RoutePattern

EXAMPLE = uuid.UUID("22222222-2222-4222-8222-222222222222")


@dataclass(frozen=True)
class Address:
    """One route and an address that leads to it."""

    route: str
    path: str

    def __str__(self) -> str:
        return self.route or "/"


def every() -> list[Address]:
    """Return an example of every route in the URLconf."""
    found = [Address(route, "/" + path) for route, path in _walk(get_resolver().url_patterns)]
    if not found:
        raise NoReverseMatch("the URLconf is empty")
    return found


def _walk(
    patterns: list[URLPattern | URLResolver], route: str = "", path: str = ""
) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        # The admin's catch-all is a regular expression; what it catches is no page.
        if not isinstance(pattern.pattern, RoutePattern):
            continue
        here = str(pattern.pattern)
        example = here
        for name, converter in pattern.pattern.converters.items():
            example = example.replace(_slot(here, name), _value(converter))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route + here, path + example)
        else:
            yield route + here, path + example


def _slot(route: str, name: str) -> str:
    end = route.index(f"{name}>") + len(name) + 1
    return route[route.rindex("<", 0, end) : end]


def _value(converter: object) -> str:
    if isinstance(converter, UUIDConverter):
        return str(EXAMPLE)
    return "7" if isinstance(converter, IntConverter) else "example"
