"""Where prompts are read and filled in: strict, closed, and unable to compute. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, cast

from jinja2 import StrictUndefined, Template
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from supportapp.llm.values import Role

# What a prompt may do with its values. Nothing that a template could fill the memory with.
FILTERS = ("capitalize", "first", "join", "last", "length", "lower", "title", "trim", "upper")
_SECTION = re.compile(r"^=== (system|user|assistant)[ \t]*\n", re.MULTILINE)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Values are shown, chosen and repeated; nothing is computed with them."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"A prompt doesn’t compute: “{operator}”.")


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """Return what prompts are read and rendered by."""
    # Not HTML: autoescape would put entities into what a model reads.
    made = _Sandbox(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    made.globals.clear()
    known: dict[str, Callable[..., Any]] = dict(made.filters)
    made.filters = {name: known[name] for name in FILTERS}
    return made


def split(source: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what stands before the first section, and the sections with their roles."""
    before, *parts = _SECTION.split(source)
    return before, tuple(zip(parts[::2], parts[1::2], strict=True))


@lru_cache(maxsize=64)
def templates(source: str) -> tuple[tuple[Role, Template], ...]:
    """Cut the text into its sections before anything is filled in, so that no text can add one."""
    _, parts = split(source)
    return tuple((cast(Role, role), environment().from_string(text)) for role, text in parts)
