"""A client lives exactly as long as its event loop."""

import asyncio

from openai import AsyncOpenAI

from supportapp.llm.loops import ClientPerLoop


def make() -> AsyncOpenAI:
    return AsyncOpenAI(base_url="http://127.0.0.1:9/v1", api_key="none", max_retries=0)


def test_one_loop_has_one_client() -> None:
    clients = ClientPerLoop(make)

    async def twice() -> bool:
        return await clients.get() is await clients.get()

    assert asyncio.run(twice())


def test_a_client_is_closed_with_its_loop() -> None:
    clients = ClientPerLoop(make)

    client = asyncio.run(clients.get())

    assert client.is_closed()
    assert len(clients) == 0


def test_a_loop_that_was_closed_carelessly_is_forgotten() -> None:
    clients = ClientPerLoop(make)
    careless = asyncio.new_event_loop()
    careless.run_until_complete(clients.get())
    careless.close()

    async def count() -> int:
        await clients.get()
        return len(clients)

    assert asyncio.run(count()) == 1
