"""A transcript: numbered frames, many readers, text put together."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from supportapp.conversations.transcript import Frame, Transcript


async def read_all(transcript: Transcript, after: int = 0) -> list[Frame]:
    return [frame async for frame in transcript.read(after)]


def test_readers_get_the_same_frames_each_from_its_place() -> None:
    async def scene() -> tuple[list[Frame], list[Frame]]:
        transcript = Transcript()
        early = asyncio.create_task(read_all(transcript))
        transcript.stage("searching")
        transcript.token("Yes")
        await asyncio.sleep(0)
        late = asyncio.create_task(read_all(transcript, after=1))
        transcript.token(", it is.")
        transcript.end()
        return await early, await late

    early, late = asyncio.run(scene())
    assert [frame.seq for frame in early] == list(range(1, len(early) + 1))
    assert late == early[1:]
    assert "".join(frame.text for frame in late) == "Yes, it is."


def test_text_that_comes_fast_is_put_together() -> None:
    async def scene() -> list[Frame]:
        transcript = Transcript()
        for _ in range(500):
            transcript.token("a")
        transcript.end()
        return await read_all(transcript)

    frames = asyncio.run(scene())
    assert sum(len(frame.text) for frame in frames) == 500
    assert len(frames) <= 3


def test_waiting_text_is_sent_without_another_token() -> None:
    async def scene() -> Frame:
        transcript = Transcript()
        transcript.token("first")
        transcript.token("second")
        async with asyncio.timeout(1):
            async for frame in transcript.read(1):
                return frame
        raise AssertionError

    assert asyncio.run(scene()).text == "second"


def test_the_text_so_far_includes_what_waits() -> None:
    async def scene() -> tuple[str, str]:
        transcript = Transcript()
        transcript.token("one ")
        transcript.token("two")
        return transcript.text, transcript.progress.text

    assert asyncio.run(scene()) == ("one two", "one ")


@given(st.permutations(range(1, 8)))
def test_frames_of_another_process_are_taken_in_order_only(order: list[int]) -> None:
    async def scene() -> list[int]:
        copy = Transcript()
        for _ in range(len(order)):
            for seq in order:
                copy.take(Frame(seq, "token", str(seq)))
        copy.end()
        return [frame.seq for frame in await read_all(copy)]

    assert asyncio.run(scene()) == list(range(1, 8))


def test_a_frame_taken_twice_counts_once() -> None:
    async def scene() -> str:
        copy = Transcript()
        assert copy.take(Frame(1, "token", "a"))
        assert copy.take(Frame(1, "token", "a"))
        assert not copy.take(Frame(3, "token", "c"))
        return copy.text

    assert asyncio.run(scene()) == "a"
