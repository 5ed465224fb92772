"""`@tool` makes a tool of a typed function: the schema comes from its hints, the words from its
docstring. Pure.

    @tool(labels={"en": "Looking up rates…", "zh": "正在查询利率…"}, kept=("country",))
    def get_rates(country: Country | None = None, *, caller: Caller) -> Finding:
        \"\"\"Today's home-loan rates of partner banks.

        country: where the home is
        \"\"\"
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from supportapp.tools.values import RESERVED, Function, Pattern, Question, Tool

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PARAMETER = re.compile(r"^(\w+): (.+)$")


class BadTool(Exception):
    """A declaration that can't be a tool; it stops the start, not a customer's question."""


class Arguments(BaseModel):
    """What every tool's arguments are parsed into: nothing that wasn't declared."""

    model_config = ConfigDict(extra="forbid")


class Registry:
    """The tools that the product ships, by name."""

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    def add(self, made: Tool) -> None:
        known = self._tools.get(made.name)
        if known is not None and known.function is not made.function:
            raise BadTool(f"Two tools are named {made.name}")
        self._tools[made.name] = made

    def all(self) -> tuple[Tool, ...]:
        return tuple(self._tools.values())

    def get(self, name: str) -> Tool | None:
        return self._tools.get(name)


registry = Registry()


def tool(
    *,
    labels: Mapping[str, str],
    patterns: Iterable[Pattern] = (),
    kept: Iterable[str] = (),
    changes: bool = False,
    is_idempotent: bool = True,
    seconds: float = 5.0,
    question: Question | None = None,
    into: Registry = registry,
) -> Callable[[Function], Tool]:
    """Declare a function as a tool. One that changes something needs a `question`."""

    def declare(function: Function) -> Tool:
        if changes and question is None:
            raise BadTool(f"{function.__name__} changes something and must ask first")
        if not {"en", "zh"} <= set(labels):
            raise BadTool(f"{function.__name__} needs a label in each language")
        description, said = _documented(function)
        parameters, takes = _parameters(function, said)
        made = Tool(
            name=_named(function.__name__),
            description=description,
            schema=schema_of(parameters),
            parameters=parameters,
            function=function,
            labels=dict(labels),
            takes=takes,
            patterns=tuple(patterns),
            changes=changes,
            is_idempotent=is_idempotent,
            is_local=not inspect.iscoroutinefunction(function),
            seconds=seconds,
            kept=frozenset(kept),
            question=question,
        )
        into.add(made)
        return made

    return declare


def schema_of(parameters: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema that a model is given."""
    schema: dict[str, Any] = _without_titles(parameters.model_json_schema())
    schema.setdefault("properties", {})
    schema.pop("description", None)
    return schema


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        raise BadTool(f"{name} can't be a tool's name")
    return name


def _documented(function: Function) -> tuple[str, dict[str, str]]:
    """Split a docstring into what the tool does and what its parameters mean."""
    lines = inspect.cleandoc(function.__doc__ or "").splitlines()
    said = {match[1]: match[2] for line in lines if (match := _PARAMETER.match(line))}
    description = " ".join(line for line in lines if line and not _PARAMETER.match(line))
    if not description:
        raise BadTool(f"{function.__name__} has no docstring")
    return description, said


def _parameters(
    function: Function, said: Mapping[str, str]
) -> tuple[type[BaseModel], frozenset[str]]:
    hints = typing.get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    takes: set[str] = set()
    for name, parameter in inspect.signature(function).parameters.items():
        if name in RESERVED:
            takes.add(name)
            continue
        if name not in hints:
            raise BadTool(f"{function.__name__}: {name} has no type")
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[name] = (hints[name], Field(default=default, description=said.get(name)))
    unknown = set(said) - set(fields)
    if unknown:
        raise BadTool(f"{function.__name__} has no parameter {min(unknown)}")
    return create_model(function.__name__, __base__=Arguments, **fields), frozenset(takes)


def _without_titles(schema: Any) -> Any:
    """Pydantic names everything twice; a model pays for each word."""
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _without_titles(each) for name, each in value.items()}
        if key == "properties"
        else _without_titles(value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }
