"""Ask a model for JSON of one shape: a Pydantic class says which, one repair is allowed."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from supportapp.llm.errors import ModelWrongShape
from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions, Message, ResponseFormat

Shape = TypeVar("Shape", bound=BaseModel)
_FENCED = re.compile(r"^\s*```\w*\s*(?P<body>.*?)\s*```\s*$", re.DOTALL)
_NAME = re.compile(r"[^a-zA-Z0-9_-]+")
MOST_FAULTS = 8


async def ask(
    chat: ChatModel, messages: Sequence[Message], options: ChatOptions, shape: type[Shape]
) -> Shape:
    """Return the reply as an instance of `shape`.

    The schema stands in the prompt too, for servers that know JSON mode or nothing of JSON. A
    reply of another shape is sent back once with what is wrong; then `ModelWrongShape` is raised.
    Other `ModelError`s pass.
    """
    schema = strict(shape.model_json_schema())
    options = replace(options, response_format=ResponseFormat(schema, _named(shape)))
    asked = (*messages, Message("system", _instruction(schema)))
    reply = await _reply(chat, asked, options)
    try:
        return read(reply, shape)
    except ValidationError as error:
        repair = Message("user", _complaint(error))
    reply = await _reply(chat, (*asked, Message("assistant", reply or "…"), repair), options)
    try:
        return read(reply, shape)
    except ValidationError as error:
        raise ModelWrongShape(f"{error.error_count()}_faults") from None


def read(reply: str, shape: type[Shape]) -> Shape:
    """Parse a reply, which may stand in a code block; raises ValidationError."""
    fenced = _FENCED.match(reply)
    return shape.model_validate_json(fenced["body"] if fenced else reply)


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema as strict servers want it: every property required, no others allowed."""
    made = {name: _strict_part(part) for name, part in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), Mapping):
        made["additionalProperties"] = False
        made["required"] = list(schema["properties"])
    return made


def _strict_part(part: Any) -> Any:
    if isinstance(part, Mapping):
        return strict(part)
    return [_strict_part(each) for each in part] if isinstance(part, list) else part


def _named(shape: type[BaseModel]) -> str:
    return _NAME.sub("_", shape.__name__)[:64]


def _instruction(schema: Mapping[str, Any]) -> str:
    return (
        "Reply with one JSON object and nothing else. It must fit this JSON schema:\n"
        f"{json.dumps(schema, ensure_ascii=False)}"
    )


def _complaint(error: ValidationError) -> str:
    faults = [
        f"- {'.'.join(str(step) for step in fault['loc']) or 'reply'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)[:MOST_FAULTS]
    ]
    return "\n".join(["This doesn't fit the schema:", *faults, "Reply with the JSON alone."])


async def _reply(chat: ChatModel, messages: Sequence[Message], options: ChatOptions) -> str:
    async with aclosing(chat.stream(messages, options)) as stream:
        return "".join([delta.text async for delta in stream])
