"""Whether a value fits a JSON schema: the keywords that an answer's shape needs. Pure.

Types, enum, const, required, properties, additionalProperties, items and the bounds of numbers,
lengths and counts. A schema with another keyword is refused when it is stored, never ignored.
Patterns are left out on purpose: one can be written that takes for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

MOST_DEPTH = 20
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
Holds = Callable[[Any, float], bool]
_BOUNDS: Mapping[str, tuple[Holds, tuple[type, ...]]] = {
    "minimum": (lambda value, bound: value >= bound, (int, float)),
    "maximum": (lambda value, bound: value <= bound, (int, float)),
    "minLength": (lambda value, bound: len(value) >= bound, (str,)),
    "maxLength": (lambda value, bound: len(value) <= bound, (str,)),
    "minItems": (lambda value, bound: len(value) >= bound, (list,)),
    "maxItems": (lambda value, bound: len(value) <= bound, (list,)),
}
_SAID = {"$schema", "title", "description", "examples", "default"}
KEYWORDS = _SAID | set(_BOUNDS) | {
    "type", "enum", "const", "required", "properties", "additionalProperties", "items",
}  # fmt: skip


class BadSchema(ValueError):
    """The schema uses what isn't known here."""


def require(schema: Any, depth: int = 0) -> None:
    """Raise BadSchema where a schema couldn't be checked in full."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping) or depth > MOST_DEPTH:
        raise BadSchema("A schema is an object, not too deep.")
    if unknown := sorted(set(schema) - KEYWORDS):
        raise BadSchema(f"The schema's {unknown[0]} isn't known here.")
    for name in _types(schema):
        if name not in _TYPES:
            raise BadSchema(f"There is no type {name}.")
    for name in set(_BOUNDS) & set(schema):
        if isinstance(schema[name], bool) or not isinstance(schema[name], int | float):
            raise BadSchema(f"{name} takes a number.")
    properties = schema.get("properties", {})
    if not isinstance(properties, Mapping):
        raise BadSchema("properties is an object.")
    for name in ("required", "enum"):
        if not isinstance(schema.get(name, []), list):
            raise BadSchema(f"{name} is a list.")
    for part in (*properties.values(), schema.get("items", True)):
        require(part, depth + 1)
    require(schema.get("additionalProperties", True), depth + 1)


def fault(value: Any, schema: Any, where: str = "answer") -> str:
    """Return what is wrong with a value, or nothing."""
    if isinstance(schema, bool):
        return "" if schema else f"{where} isn't expected"
    return (
        _own_fault(value, schema, where)
        or _fault_of_object(value, schema, where)
        or _fault_of_items(value, schema, where)
    )


def _types(schema: Mapping[str, Any]) -> list[str]:
    named = schema.get("type", [])
    return [str(each) for each in named] if isinstance(named, list) else [str(named)]


def _own_fault(value: Any, schema: Mapping[str, Any], where: str) -> str:
    types = _types(schema)
    if types and not any(_is(value, name) for name in types):
        return f"{where} is no {' or '.join(types)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is none of those allowed"
    if "const" in schema and value != schema["const"]:
        return f"{where} is another value"
    for name, (holds, types_) in _BOUNDS.items():
        is_bound = name in schema and isinstance(value, types_) and not isinstance(value, bool)
        if is_bound and not holds(value, schema[name]):
            return f"{where}: {name} is {schema[name]}"
    return ""


def _fault_of_object(value: Any, schema: Mapping[str, Any], where: str) -> str:
    if not isinstance(value, dict):
        return ""
    if missing := [name for name in schema.get("required", []) if name not in value]:
        return f"{where}.{missing[0]} is missing"
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name, each in value.items():
        if said := fault(each, known.get(name, others), f"{where}.{name}"):
            return said
    return ""


def _fault_of_items(value: Any, schema: Mapping[str, Any], where: str) -> str:
    if isinstance(value, list) and "items" in schema:
        for number, each in enumerate(value):
            if said := fault(each, schema["items"], f"{where}[{number}]"):
                return said
    return ""


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[name])
