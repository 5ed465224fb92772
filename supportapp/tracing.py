"""Where one question's time went: named steps, one inside another, with numbers but no text.

    with trace.span("retrieval") as span:
        found = search(...)
        span.set(candidates=len(found))

Spans of one trace may run side by side in threads and tasks; a span's parent is the one that was
open where it began.
"""

import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

Attribute = bool | int | float | str

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}")
_UNFIT = re.compile(r"[^A-Za-z0-9_.:/-]+")

_current: ContextVar["Span | None"] = ContextVar("span", default=None)


def identifier(value: str) -> str:
    """A string from outside, such as a model's name, made fit to be an attribute."""
    return _UNFIT.sub("-", value).lstrip("_.:/-")[:80] or "unnamed"


@dataclass(frozen=True, slots=True)
class Timing:
    """One step as it is stored. `parent` is the place of its parent among the trace's records."""

    name: str
    parent: int | None
    started_ms: float
    duration_ms: float
    attributes: Mapping[str, Attribute]


class Span:
    """One step under way. Its attributes are numbers, truth values and short identifiers."""

    def __init__(self, trace: "Trace", name: str, attributes: Mapping[str, Attribute]) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError("A span's name is dotted lower case words")
        self.trace = trace
        self._outer: Span | None = None
        self.name = name
        self.number = -1
        self.parent: int | None = None
        self.started = self.ended = math.nan
        self.attributes: dict[str, Attribute] = {}
        self.set(**attributes)

    def set(self, **attributes: Attribute) -> None:
        """Add attributes; free text is refused, so that no customer's words are ever stored."""
        for key, value in attributes.items():
            _check(key, value)
        self.attributes.update(attributes)

    def __enter__(self) -> Self:
        self._outer = _current.get()
        if self._outer is not None and self._outer.trace is self.trace:
            self.parent = self._outer.number
        self.started = self.trace.clock()
        self.number = self.trace.add(self)
        _current.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.ended = self.trace.clock()
        if kind is not None:
            self.set(error=kind.__name__)
        # Not a token's reset: an abandoned generator is closed in another context.
        if _current.get() is self:
            _current.set(self._outer)


def child(name: str, **attributes: Attribute) -> Span:
    """A step inside the one that is open here; of a trace of its own where none is."""
    outer = _current.get()
    return (Trace() if outer is None else outer.trace).span(name, **attributes)


class Trace:
    """The steps of one turn, timed by a clock that never jumps."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._started = clock()
        self._spans: list[Span] = []
        self._lock = threading.Lock()

    def span(self, name: str, **attributes: Attribute) -> Span:
        """A step to time, by `with`. An exception leaves its class's name as `error`."""
        return Span(self, name, attributes)

    def add(self, span: Span) -> int:
        """Take a span that begins; its number is its place among the records."""
        with self._lock:
            self._spans.append(span)
            return len(self._spans) - 1

    def elapsed_ms(self) -> float:
        """Milliseconds since the trace began."""
        return (self.clock() - self._started) * 1000

    def records(self) -> tuple[Timing, ...]:
        """Every step in the order of beginning; one still open lasts until now."""
        now = self.clock()
        with self._lock:
            spans = tuple(self._spans)
        return tuple(self._timing(span, now) for span in spans)

    def _timing(self, span: Span, now: float) -> Timing:
        ended = now if math.isnan(span.ended) else span.ended
        return Timing(
            name=span.name,
            parent=span.parent,
            started_ms=round((span.started - self._started) * 1000, 3),
            duration_ms=round((ended - span.started) * 1000, 3),
            attributes=MappingProxyType(dict(span.attributes)),
        )


def _check(key: str, value: object) -> None:
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise ValueError(f"The attribute {key} is not a finite number")
        return
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise ValueError(f"The attribute {key} is neither a number nor a short identifier")
