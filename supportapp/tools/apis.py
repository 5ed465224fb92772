"""Declared APIs: kept in step with their descriptions, and called as tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from supportapp.tools import keys, network, openapi
from supportapp.tools.declaring import schema_of
from supportapp.tools.models import ApiDescription, ApiOperation
from supportapp.tools.network import Network, NetworkFault
from supportapp.tools.openapi import BadDescription, Operation
from supportapp.tools.values import Caller, Finding, Json, Tool, ToolRefused, ToolUnavailable

SECONDS = 10.0
LONGEST = 20_000
SUCCESS = range(200, 300)
BUSY = frozenset({429, 502, 503, 504})
# The idempotency key's name: no parameter of an API begins like this.
KEY = "_key"
ASK = {
    "en": "Shall I do this for you: {about}?{details}",
    "zh": "要我为您执行以下操作吗：{about}？{details}",
}
DONE = {"en": "It is done.", "zh": "已完成。"}


def checked(api: ApiDescription) -> openapi.Description:
    """Read an API's description, and say what is wrong with the rest; raises BadDescription."""
    description = openapi.read(api.openapi, api.name.replace("-", "_"))
    address = api.base_url or description.server
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise BadDescription("It names no https server. Give the address yourself.")
    if parts.hostname.lower() not in hosts_of(api):
        raise BadDescription(f"The host {parts.hostname} isn't among the allowed hosts.")
    if not description.operations:
        raise BadDescription("None of its operations can be a tool.")
    return description


def keep(api: ApiDescription) -> openapi.Description:
    """Store an API and its operations. New ones are off; those that are gone go."""
    description = checked(api)
    with transaction.atomic():
        api.base_url = api.base_url or description.server
        api.save()
        for each in description.operations:
            shape = {
                "method": each.method,
                "path": each.path,
                "description": each.description,
                "parameters": [dict(parameter) for parameter in each.parameters],
            }
            known = api.operations.filter(tool=each.tool).first()
            if known is None:
                ApiOperation.objects.create(api=api, tool=each.tool, changes=each.changes, **shape)
                continue
            # What was allowed was this request; another one has to be allowed anew.
            same = (known.method, known.path) == (each.method, each.path)
            ApiOperation.objects.filter(pk=known.pk).update(
                **shape, is_on=known.is_on and same, changes=known.changes or each.changes
            )
        api.operations.exclude(tool__in=[each.tool for each in description.operations]).delete()
    return description


def hosts_of(api: ApiDescription) -> frozenset[str]:
    """Return the hosts that an API may ask."""
    return frozenset(host.strip().lower().rstrip(".") for host in api.allowed_hosts if host.strip())


def tools_of(workspace_id: int, *, by: Network = network.PUBLIC) -> tuple[Tool, ...]:
    """Return the operations that staff allowed, as tools."""
    allowed = ApiOperation.objects.filter(api__workspace=workspace_id, is_on=True)
    return tuple(_tool(each, by) for each in allowed.select_related("api"))


def _tool(stored: ApiOperation, by: Network) -> Tool:
    operation = Operation(
        stored.tool, stored.method, stored.path, stored.description, tuple(stored.parameters)
    )
    parameters = openapi.model_of(operation)
    api = stored.api
    label = stored.label or f"{api.name}: {stored.description or stored.tool}"[:80] + "…"
    changes = stored.changes or operation.changes

    async def ask(**arguments: Any) -> Finding:
        key: UUID | None = arguments.pop(KEY, None)
        return await _called(api, operation, arguments, key, by)

    def question(arguments: Json, caller: Caller) -> str:
        return _question(stored, arguments, caller)

    return Tool(
        name=stored.tool,
        description=stored.description,
        schema=schema_of(parameters),
        parameters=parameters,
        function=ask,
        labels={"en": label, "zh": label},
        takes=frozenset({KEY}) if changes else frozenset(),
        changes=changes,
        is_idempotent=not changes,
        is_local=False,
        seconds=SECONDS,
        question=question if changes else None,
    )


def _question(stored: ApiOperation, arguments: Json, caller: Caller) -> str:
    said = [f"{name}: {value}" for name, value in arguments.items() if value is not None]
    details = f" ({'; '.join(said)})" if said else ""
    language = "zh" if caller.is_chinese else "en"
    return ASK[language].format(about=stored.description.rstrip("."), details=details)


async def _called(
    api: ApiDescription,
    operation: Operation,
    arguments: Mapping[str, Any],
    key: UUID | None,
    by: Network,
) -> Finding:
    headers = {"Accept": "application/json"}
    if secret := keys.reveal(api):
        headers[api.key_header or "Authorization"] = secret
    if key is not None:
        headers["Idempotency-Key"] = str(key)
    try:
        filled = openapi.fill(operation, api.base_url, arguments)
        answer = await by.request(
            operation.method,
            filled.url,
            hosts=hosts_of(api),
            headers=headers,
            params=filled.params,
            json=filled.body,
        )
    except BadDescription as error:
        raise ToolRefused(str(error)) from None
    except NetworkFault as fault:
        kind = ToolUnavailable if fault.may_help_to_repeat or key else ToolRefused
        raise kind(fault.reason) from None
    if answer.status not in SUCCESS:
        kind = ToolUnavailable if answer.status in BUSY else ToolRefused
        raise kind(f"status_{answer.status}")
    return Finding(
        data={"result": _data(answer)},
        text=DONE["en"],
        source=api.name,
        as_of=timezone.now(),
    )


def _data(answer: network.Answer) -> Any:
    text = answer.body.decode("utf-8", "replace")
    if answer.content_type.endswith("json"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text[:LONGEST]
    if answer.content_type.startswith("text/"):
        return text[:LONGEST]
    return None
