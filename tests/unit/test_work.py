"""Who gets a thread first where there are too few."""

import asyncio

from supportapp.work import Line


def test_whoever_is_due_first_is_next() -> None:
    async def scene() -> list[str]:
        line, came = Line(1), []

        async def enter(name: str, due: float) -> None:
            await line.enter(due)
            came.append(name)
            line.leave()

        await line.enter(0.0)
        waiting = [
            asyncio.create_task(enter(name, due))
            for name, due in (("last", 3.0), ("first", 1.0), ("second", 2.0), ("as early", 1.0))
        ]
        await asyncio.sleep(0)
        line.leave()
        await asyncio.gather(*waiting)
        return came

    assert asyncio.run(scene()) == ["first", "as early", "second", "last"]


def test_a_place_is_not_lost_with_who_waited_for_it() -> None:
    async def scene() -> bool:
        line = Line(1)
        await line.enter(0.0)
        gone, called = (asyncio.create_task(line.enter(due)) for due in (1.0, 2.0))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        line.leave()
        called.cancel()  # it was its turn just now
        await asyncio.wait([called])
        async with asyncio.timeout(1):
            await line.enter(3.0)
        return True

    assert asyncio.run(scene())
