"""An OpenAPI 3 description becomes operations that can be tools. Pure.

Read with suspicion: the file comes from outside. Only path, query and flat JSON body parameters
of simple types are taken; an operation that needs more is left out, and staff are told why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

import yaml
from pydantic import BaseModel, Field, create_model

from supportapp.tools.declaring import Arguments

LARGEST = 1_000_000
MOST_OPERATIONS = 100
DEEPEST = 8
METHODS = ("get", "post", "put", "patch", "delete")
READING = frozenset({"GET"})
TYPES: Mapping[str, type] = {"string": str, "integer": int, "number": float, "boolean": bool}
LONGEST_TEXT = 500
_UNFIT = re.compile(r"[^a-z0-9]+")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HOLE = re.compile(r"\{([^{}]+)\}")


class BadDescription(Exception):
    """A description that can't be read; the message is for staff."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it is stored; `parameters` have name, place, type, required, enum, about."""

    tool: str
    method: str
    path: str
    description: str
    parameters: tuple[Mapping[str, Any], ...]

    @property
    def changes(self) -> bool:
        return self.method not in READING


@dataclass(frozen=True, slots=True)
class Description:
    """What a description holds: its first server, its operations, and what was left out and why."""

    server: str
    operations: tuple[Operation, ...]
    refused: tuple[tuple[str, str], ...]


class _Unsupported(Exception):
    """Something in an operation that can't be passed on."""


def read(text: str, prefix: str) -> Description:
    """Parse a description; tools are named `prefix_operation`. Raises BadDescription."""
    whole = _loaded(text)
    if not str(whole.get("openapi", "")).startswith("3."):
        raise BadDescription("This isn't an OpenAPI 3 description.")
    paths = whole.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise BadDescription("The description has no paths.")
    operations: dict[str, Operation] = {}
    refused: list[tuple[str, str]] = []
    for path, item in paths.items():
        for method in METHODS:
            given = item.get(method) if isinstance(item, dict) else None
            if not isinstance(given, dict) or len(operations) >= MOST_OPERATIONS:
                continue
            try:
                made = _operation(whole, str(path), method, item, given, prefix)
            except _Unsupported as error:
                refused.append((f"{method.upper()} {path}", str(error)))
            else:
                operations.setdefault(made.tool, made)
    return Description(_server(whole), tuple(operations.values()), tuple(refused))


def model_of(operation: Operation) -> type[BaseModel]:
    """Return the model that checks an operation's arguments."""
    fields: dict[str, Any] = {}
    for each in operation.parameters:
        kind = _type(each)
        about = each.get("about") or None
        if each["required"]:
            fields[each["name"]] = (kind, Field(description=about))
        else:
            fields[each["name"]] = (kind | None, Field(default=None, description=about))
    return create_model(operation.tool, __base__=Arguments, **fields)


@dataclass(frozen=True, slots=True)
class Filled:
    """A request made of an operation and arguments."""

    url: str
    params: Mapping[str, str]
    body: Mapping[str, Any] | None


def fill(operation: Operation, base_url: str, arguments: Mapping[str, Any]) -> Filled:
    """Put checked arguments where they belong; none can leave its place in the path."""
    given = {name: value for name, value in arguments.items() if value is not None}
    place = {each["name"]: each["place"] for each in operation.parameters}
    path = _HOLE.sub(lambda hole: quote(_text(given.get(hole[1], "")), safe=""), operation.path)
    if any(part in {".", ".."} for part in path.split("/")):
        raise BadDescription("an argument would leave its place in the path")
    body = {name: value for name, value in given.items() if place[name] == "body"}
    has_body = "body" in place.values()
    return Filled(
        base_url.rstrip("/") + path,
        {name: _text(value) for name, value in given.items() if place[name] == "query"},
        body if has_body else None,
    )


def _loaded(text: str) -> dict[str, Any]:
    if len(text) > LARGEST:
        raise BadDescription("The description is larger than 1 MB.")
    try:
        whole = json.loads(text) if text.lstrip().startswith("{") else _yaml(text)
    except (ValueError, yaml.YAMLError, RecursionError):
        raise BadDescription("The description is neither JSON nor YAML.") from None
    if not isinstance(whole, dict):
        raise BadDescription("The description isn't an object.")
    return whole


def _yaml(text: str) -> Any:
    # Aliases let a small file unfold into an enormous one.
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
        raise BadDescription("The description uses YAML aliases; write them out.")
    return yaml.safe_load(text)


def _server(whole: Mapping[str, Any]) -> str:
    servers = whole.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    url = str(first.get("url", "")) if isinstance(first, dict) else ""
    return url if urlsplit(url).scheme == "https" else ""


def _operation(
    whole: Mapping[str, Any],
    path: str,
    method: str,
    item: Mapping[str, Any],
    given: Mapping[str, Any],
    prefix: str,
) -> Operation:
    listed = [*(item.get("parameters") or []), *(given.get("parameters") or [])]
    parameters = [
        made for each in listed if (made := _parameter(whole, _resolved(whole, each))) is not None
    ]
    if given.get("requestBody"):
        parameters += _body(whole, _resolved(whole, given["requestBody"]))
    names = [each["name"] for each in parameters]
    if len(set(names)) < len(names):
        raise _Unsupported("two parameters have the same name")
    holes = set(_HOLE.findall(path))
    if holes != {each["name"] for each in parameters if each["place"] == "path"}:
        raise _Unsupported("the path and its parameters don't agree")
    name = str(given.get("operationId") or f"{method}_{path}")
    about = str(given.get("summary") or given.get("description") or f"{method.upper()} {path}")
    return Operation(
        tool=_named(f"{prefix}_{name}"),
        method=method.upper(),
        path=path,
        description=" ".join(about.split())[:300],
        parameters=tuple(parameters),
    )


def _parameter(whole: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any] | None:
    place, required = given.get("in"), bool(given.get("required"))
    if place not in {"path", "query"}:
        if required:
            raise _Unsupported(f"needs a {place} parameter")
        return None
    return _described(whole, str(given.get("name")), place, given, required=required)


def _body(whole: Mapping[str, Any], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = given.get("content") or {}
    schema = _resolved(whole, (content.get("application/json") or {}).get("schema") or {})
    if schema.get("type") != "object":
        raise _Unsupported("its body isn't a JSON object")
    needed = set(schema.get("required") or [])
    made = []
    for name, each in (schema.get("properties") or {}).items():
        about = {"schema": each, "description": _resolved(whole, each).get("description")}
        try:
            made.append(_described(whole, name, "body", about, required=name in needed))
        except _Unsupported:
            if name in needed:
                raise
    return made


def _described(
    whole: Mapping[str, Any], name: str, place: str, given: Mapping[str, Any], *, required: bool
) -> dict[str, Any]:
    schema = _resolved(whole, given.get("schema") or {})
    if not name.isidentifier() or name.startswith("_"):
        raise _Unsupported(f"the parameter name {name[:40]!r} can't be used")
    if schema.get("type") not in TYPES:
        raise _Unsupported(f"{name} has a type that can't be passed on")
    about = " ".join(str(given.get("description") or "").split())[:200]
    enum = [each for each in schema.get("enum") or [] if isinstance(each, str)][:50]
    return {
        "name": name,
        "place": place,
        "type": schema["type"],
        "enum": enum if schema["type"] == "string" else [],
        "required": required or place == "path",
        "about": about,
    }


def _resolved(whole: Mapping[str, Any], given: Any, depth: int = 0) -> Mapping[str, Any]:
    """Follow references within the description, and nowhere else."""
    if not isinstance(given, dict):
        raise _Unsupported("it isn't well formed")
    if "$ref" not in given:
        return given
    place = str(given["$ref"])
    if not place.startswith("#/") or depth == DEEPEST:
        raise _Unsupported("it refers to another file, or in a circle")
    found: Any = whole
    for part in place[2:].split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    return _resolved(whole, found, depth + 1)


def _named(name: str) -> str:
    return _UNFIT.sub("_", _WORDS.sub("_", name).lower()).strip("_")[:64]


def _type(parameter: Mapping[str, Any]) -> Any:
    if parameter["enum"]:
        return Literal.__getitem__(tuple(parameter["enum"]))
    kind = TYPES[parameter["type"]]
    return Annotated[kind, Field(max_length=LONGEST_TEXT)] if kind is str else kind


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
