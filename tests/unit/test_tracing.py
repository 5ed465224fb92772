"""Traces tell where the time went, and never what was said."""

import asyncio
import threading
from collections.abc import AsyncGenerator

import pytest

from supportapp.tracing import Trace, identifier


class Clock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_spans_are_timed_from_the_traces_beginning() -> None:
    clock = Clock()
    trace = Trace(clock)
    clock.now += 0.010
    with trace.span("retrieval", candidates=20):
        clock.now += 0.025

    (record,) = trace.records()
    assert (record.name, record.started_ms, record.duration_ms) == ("retrieval", 10.0, 25.0)
    assert record.attributes == {"candidates": 20}


def test_a_span_inside_another_knows_its_parent() -> None:
    trace = Trace()
    with trace.span("retrieval"), trace.span("retrieval.keyword"):
        pass
    with trace.span("generation"):
        pass

    assert [(record.name, record.parent) for record in trace.records()] == [
        ("retrieval", None),
        ("retrieval.keyword", 0),
        ("generation", None),
    ]


def test_spans_side_by_side_share_their_parent() -> None:
    trace = Trace()

    async def step(name: str) -> None:
        with trace.span(name):
            await asyncio.sleep(0.001)

    async def both() -> None:
        with trace.span("retrieval"):
            await asyncio.gather(step("keyword"), step("vector"), asyncio.to_thread(sync_step))

    def sync_step() -> None:
        with trace.span("fusion"):
            pass

    asyncio.run(both())

    assert [record.parent for record in trace.records()] == [None, 0, 0, 0]


def test_two_traces_at_once_stay_apart() -> None:
    one, other = Trace(), Trace()
    with one.span("a"), other.span("b"):
        pass

    assert other.records()[0].parent is None


def test_attributes_may_be_added_on_the_way() -> None:
    trace = Trace()
    with trace.span("generation", model="gpt-4o-mini") as span:
        span.set(tokens=12, cached=False, cost=0.0001)

    assert trace.records()[0].attributes == {
        "model": "gpt-4o-mini",
        "tokens": 12,
        "cached": False,
        "cost": 0.0001,
    }


@pytest.mark.parametrize(
    "value",
    ["How do I cancel?", "anna@example.com", "", "x" * 81, float("nan"), None, ["a"], "a\nb"],
)
def test_free_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="question"):
        Trace().span("a", question=value)  # type: ignore[arg-type]


def test_a_refused_attribute_leaves_no_span_behind() -> None:
    trace = Trace()
    with pytest.raises(ValueError, match="neither"):
        trace.span("a", question="two words")

    assert trace.records() == ()


def test_a_name_is_dotted_lower_case() -> None:
    with pytest.raises(ValueError, match="name"):
        Trace().span("How do I cancel?")


def test_an_exception_passes_and_leaves_its_name() -> None:
    trace = Trace()
    with pytest.raises(KeyError), trace.span("a"):
        raise KeyError("a customer's words")

    assert trace.records()[0].attributes == {"error": "KeyError"}


def test_a_span_still_open_lasts_until_now() -> None:
    clock = Clock()
    trace = Trace(clock)
    with trace.span("a"):
        clock.now += 0.5
        assert trace.records()[0].duration_ms == 500.0


def test_records_cannot_be_changed_afterwards() -> None:
    trace = Trace()
    with trace.span("a") as span:
        records = trace.records()
        span.set(later=1)

    assert records[0].attributes == {}


def test_a_generator_closed_in_another_context_ends_its_span_quietly() -> None:
    trace = Trace()

    async def steps() -> AsyncGenerator[int, None]:
        with trace.span("generation"):
            yield 1
            yield 2

    async def abandon() -> None:
        generator = steps()
        await asyncio.create_task(anext(generator))
        await asyncio.create_task(generator.aclose())

    asyncio.run(abandon())

    assert trace.records()[0].attributes == {"error": "GeneratorExit"}


def test_threads_may_write_one_trace() -> None:
    trace = Trace()

    def work() -> None:
        for _ in range(200):
            with trace.span("step"):
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(trace.records()) == 800


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("my model (v2)", "my-model-v2-"),
        ("", "unnamed"),
        ("../x", "x"),
        ("模型", "unnamed"),
    ],
)
def test_a_string_from_outside_becomes_an_identifier(given: str, made: str) -> None:
    assert identifier(given) == made
    Trace().span("a", model=made)
