"""What a turn asks of the database, counted: its time can't be tested, this can."""

from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection

from supportapp.conversations import live
from supportapp.conversations.models import Conversation
from tests.fakes.model_server import ModelServer
from tests.integration.conversations.sockets import Page

MOST = 42


class Count:
    """The statements since it was begun."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        self.statements.append(sql)
        return execute(sql, *rest)


def test_a_turn_needs_few_statements(committed_talk: Conversation, model: ModelServer) -> None:
    count = Count()

    async def scene() -> None:
        async with Page(committed_talk) as page:
            # The first turn of a process also reads what is kept from then on.
            await page.ask("Are yearly plans refunded?")
            await page.until_over()
            count.statements.clear()
            await page.ask("How do I change my e-mail address?")
            await page.until_over()
        await live.drain(5)

    with connection.execute_wrapper(count):
        async_to_sync(scene)()
    assert 10 < len(count.statements) <= MOST, "\n".join(count.statements)
