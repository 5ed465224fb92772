"""The tools that one caller may use now, each call checked, run and written to the audit."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from supportapp.row_versions import Kept, Rows
from supportapp.tools import apis, audit, calling
from supportapp.tools.declaring import registry
from supportapp.tools.models import ApiDescription, ApiOperation, ToolSwitch
from supportapp.tools.values import Caller, Request, Result, Tool, ToolUnavailable
from supportapp.work import unit


@dataclass(frozen=True, slots=True)
class WorkspaceToolbox:
    """A `Toolbox` over the database."""

    caller: Caller
    tools: tuple[Tool, ...]
    retry: calling.Retry = field(default_factory=calling.Retry)

    async def call(self, request: Request) -> Result:
        """Check, run and record one call."""
        result = await calling.call(
            request,
            self.caller,
            tools=self.tools,
            hop=self._hop,
            hashed=hashed,
            retry=self.retry,
        )
        await unit(audit.record, self.caller, result)
        return result

    async def _hop(self, function: Callable[[], Any], seconds: float) -> Any:
        return await unit(bounded, function, seconds)


def offered(workspace_id: int) -> tuple[Tool, ...]:
    """Return what a workspace allows: shipped tools, and declared ones of its APIs."""
    switched = _SWITCHES.of(workspace_id, workspace=workspace_id)
    shipped = (tool for tool in registry.all() if switched.get(tool.name, True))
    return (*shipped, *_DECLARED.of(workspace_id, workspace=workspace_id))


def _switches(workspace_id: int) -> dict[str, bool]:
    stored = ToolSwitch.objects.filter(workspace=workspace_id)
    return dict(stored.values_list("tool", "is_on"))


_SWITCHES = Kept(_switches, Rows.of(ToolSwitch, by_workspace=True))
_DECLARED = Kept(apis.tools_of, Rows.of(ApiDescription, by_workspace=True), Rows.of(ApiOperation))


def find(caller: Caller, name: str) -> Tool | None:
    """Return one of the tools that this caller may use now."""
    return next((tool for tool in offered(caller.workspace_id) if tool.name == name), None)


def toolbox(caller: Caller) -> WorkspaceToolbox:
    """Gather the caller's tools. Uses the database: call it within a unit."""
    return WorkspaceToolbox(caller, offered(caller.workspace_id))


def bounded(function: Callable[[], Any], seconds: float) -> Any:
    """Run a function whose queries Postgres itself stops when its time is up."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                limit = f"{int(seconds * 1000)}ms"
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
            return function()
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TimeoutError from None
        raise ToolUnavailable("database") from None
    except DatabaseError:
        raise ToolUnavailable("database") from None


def hashed(value: str) -> str:
    """Return a keyed hash: two calls with the same argument can be told, the argument can't."""
    key = settings.SECRET_KEY.encode()
    return "#" + hmac.new(key, b"tools.audit:" + value.encode(), "sha256").hexdigest()[:16]
