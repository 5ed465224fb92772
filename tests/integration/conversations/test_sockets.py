"""Sockets: what they carry, what they refuse, and that turns don't need them."""

import asyncio
import json
import uuid
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from supportapp.conversations import frames, live, turns, visitors
from supportapp.conversations.frames import BadFrame
from supportapp.conversations.models import Conversation, Turn
from supportapp.knowledge.models import Workspace
from tests.fakes.model_server import ModelServer
from tests.integration.conversations.conftest import VISITOR
from tests.integration.conversations.sockets import Page, numbers_of, text_of

QUESTION = "Are yearly plans refunded?"
LONG = "Yes, " + "indeed " * 60 + "[1]."


def the_turn() -> Turn:
    return Turn.objects.get()


def run(scene: Any) -> Any:
    """Run a scene and leave no turn behind."""

    async def whole() -> Any:
        try:
            return await scene()
        finally:
            await live.drain(0)

    return async_to_sync(whole)()


def test_a_question_streams_its_answer(committed_talk: Conversation) -> None:
    async def scene() -> list[dict[str, Any]]:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION)
            return await page.until_over()

    first, *middle, last = run(scene)
    assert first["type"] == "turn"
    assert first["state"] in {"waiting", "streaming"}
    assert "data-running" in first["html"]
    assert text_of(middle).startswith("Yearly plans are refunded")
    assert numbers_of(middle) == sorted(set(numbers_of(middle)))
    assert last["state"] == "answered"
    assert 'class="citation"' in last["html"]
    assert [f["name"] for f in middle if f["type"] == "stage"][-1] == "writing"


def test_stop_stops_the_model_too(committed_talk: Conversation, model: ModelServer) -> None:
    model.say(LONG).delay(0.05)

    async def scene() -> list[dict[str, Any]]:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION)
            (*_, token) = await page.until("token")
            await page.send(type="stop", turn=token["turn"])
            return await page.until_over()

    (*_, last) = run(scene)
    assert last["state"] == "cancelled"
    assert model.wait_for_aborted(1)
    assert the_turn().answer.startswith("Yes,")


def test_a_second_tab_follows_from_where_it_is(
    committed_talk: Conversation, model: ModelServer
) -> None:
    model.say(LONG).delay(0.02)

    async def scene() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with Page(committed_talk) as first, Page(committed_talk) as second:
            await first.ask(QUESTION)
            seen = await first.until("token", seq=6)
            await second.send(type="follow", turn=seen[0]["turn"], after=4)
            rest = await second.until_over()
            return seen + await first.until_over(), rest

    mine, theirs = run(scene)
    assert numbers_of(theirs)[0] == 5
    assert text_of(mine).strip() == LONG
    assert numbers_of(theirs) == numbers_of(mine)[-len(numbers_of(theirs)) :]


def test_a_turn_outlives_its_socket(committed_talk: Conversation, model: ModelServer) -> None:
    model.say(LONG).delay(0.01)

    async def scene() -> list[dict[str, Any]]:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION)
            (*_, token) = await page.until("token")
        async with Page(committed_talk) as again:
            await again.send(type="follow", turn=token["turn"], after=token["seq"])
            return await again.until_over()

    frames_after = run(scene)
    assert frames_after[-1]["state"] == "answered"
    assert model.aborted == 0


def test_the_same_question_sent_five_times_is_answered_once(
    committed_talk: Conversation, model: ModelServer
) -> None:
    client_id = uuid.uuid4()

    async def one() -> str:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION, client_id)
            return (await page.until_over())[-1]["turn"]

    async def scene() -> list[str]:
        return await asyncio.gather(*(one() for _ in range(5)))

    assert len(set(run(scene))) == 1
    assert Turn.objects.count() == 1
    assert len(model.chats()) == 1


def test_a_second_question_waits_for_the_first(
    committed_talk: Conversation, model: ModelServer
) -> None:
    model.say(LONG).delay(0.05)
    client_id = uuid.uuid4()

    async def scene() -> dict[str, Any]:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION)
            await page.until("token")
            await page.ask("And monthly plans?", client_id)
            return (await page.until("error"))[-1]

    error = run(scene)
    assert (error["code"], error["client_id"]) == ("busy", str(client_id))


def test_an_edit_replaces_the_running_turn(
    committed_talk: Conversation, model: ModelServer
) -> None:
    model.say(LONG).delay(0.05)

    async def scene() -> dict[str, Any]:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION)
            (*_, token) = await page.until("token")
            model.reset()
            model.say("Monthly plans are not [1].")
            await page.ask("And monthly plans?", supersedes=token["turn"], cause="edit")
            old = token["turn"]
            return (await page.until("turn", state="answered", replaces=old))[-1]

    assert "Monthly plans are not" in run(scene)["html"]
    assert model.wait_for_aborted(1)
    states = Turn.objects.order_by("created_at").values_list("state", flat=True)
    assert list(states) == ["cancelled", "answered"]


def test_a_turn_that_is_over_is_sent_whole(committed_talk: Conversation) -> None:
    turn = turns.open(committed_talk, QUESTION, uuid.uuid4())
    live.start(turn.pk)

    async def scene() -> dict[str, Any]:
        async with Page(committed_talk) as page:
            await page.send(type="follow", turn=turn.pk, after=0)
            return await page.get()

    frame = run(scene)
    assert (frame["type"], frame["state"]) == ("turn", "answered")


def test_shutdown_interrupts_what_still_runs(
    committed_talk: Conversation, model: ModelServer
) -> None:
    model.say(LONG).delay(0.2)

    async def scene() -> None:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION)
            await page.until("token")
            await live.drain(0.1)
            await page.until("turn", state="interrupted")

    run(scene)
    assert the_turn().answer.startswith("Yes,")


def test_a_ping_is_answered(committed_talk: Conversation) -> None:
    async def scene() -> dict[str, Any]:
        async with Page(committed_talk) as page:
            await page.send(type="ping")
            return await page.get()

    assert run(scene) == {"type": "pong"}


# Whose socket it is


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": None},
        {"origin": "https://evil.test"},
        {"origin": "http://testserver:8001"},
        {"origin": "null"},
        {"origin": "http://evil.test", "host": "evil.test"},
    ],
)
def test_a_foreign_or_absent_origin_is_refused(
    committed_talk: Conversation, changes: dict[str, str | None]
) -> None:
    async def scene() -> bool:
        page = Page(committed_talk, **changes)
        connected = await page.socket.connect()
        await page.socket.disconnect()
        return connected

    assert not run(scene)


def closed_with(page: Page) -> int:
    async def scene() -> int:
        await page.socket.connect()
        closed = await page.socket.receive_output(timeout=5)
        assert closed["type"] == "websocket.close"
        await page.socket.disconnect()
        return int(closed["code"])

    return int(run(scene))


def test_another_visitor_finds_nothing(committed_talk: Conversation) -> None:
    assert closed_with(Page(committed_talk.pk)) == 4404


def test_a_conversation_that_is_not_there_is_closed_alike(transactional_db: None) -> None:
    assert closed_with(Page(uuid.uuid4())) == 4404


@pytest.mark.parametrize("cookie", [None, "visitor=forged", f"visitor={uuid.UUID(int=7).hex}"])
def test_without_a_signed_cookie_nobody_is_let_in(
    committed_talk: Conversation, cookie: str | None
) -> None:
    assert closed_with(Page(committed_talk, cookie=cookie)) == 4401


def test_a_turn_of_another_conversation_is_not_found(committed_talk: Conversation) -> None:
    other = Conversation.objects.create(workspace=committed_talk.workspace, visitor=uuid.uuid4())
    turn = turns.open(other, QUESTION, uuid.uuid4())

    async def scene() -> list[dict[str, Any]]:
        async with Page(committed_talk) as page:
            await page.send(type="follow", turn=turn.pk, after=0)
            followed = await page.get()
            await page.ask("Mine now?", supersedes=turn.pk, cause="edit")
            asked = await page.get()
            await page.send(type="stop", turn=turn.pk)
            await page.send(type="ping")
            return [followed, asked, await page.get()]

    followed, asked, pong = run(scene)
    assert (followed["code"], asked["code"], pong["type"]) == ("not_found", "gone", "pong")
    turn.refresh_from_db()
    assert turn.state == Turn.State.WAITING


def test_a_log_out_counts_on_an_open_socket(committed_talk: Conversation, client: Client) -> None:
    client.force_login(User.objects.create_user("anna"))
    session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    cookie = (
        f"{django_settings.VISITOR_COOKIE_NAME}={visitors.sign(VISITOR)};"
        f" {django_settings.SESSION_COOKIE_NAME}={session}"
    )
    question = "What is the number of the phone line for customers?"

    async def scene() -> None:
        async with Page(committed_talk, cookie=cookie) as page:
            await page.ask(question)
            await page.until_over()
            await sync_to_async(client.logout)()
            await page.ask(question)
            await page.until_over()

    run(scene)
    first, second = Turn.objects.order_by("position")
    assert "555-0100" in first.answer
    assert "555-0100" not in second.answer


def test_a_deleted_conversation_takes_no_questions(committed_talk: Conversation) -> None:
    async def scene() -> dict[str, Any]:
        async with Page(committed_talk) as page:
            await page.send(type="ping")
            await page.get()
            await sync_to_async(committed_talk.delete)()
            await page.ask(QUESTION)
            return await page.get()

    assert run(scene)["code"] == "not_found"


# What is refused


def test_too_many_questions_are_refused_with_a_time(
    committed_talk: Conversation, settings: Settings
) -> None:
    settings.RATE_ASK_VISITOR = "1/minute"
    visitor = uuid.uuid4()
    Conversation.objects.filter(pk=committed_talk.pk).update(visitor=visitor)
    committed_talk.refresh_from_db()

    async def scene() -> dict[str, Any]:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION)
            await page.until_over()
            await page.ask("And monthly plans?")
            return await page.get()

    error = run(scene)
    assert error["code"] == "too_many"
    assert 0 < error["retry_after"] <= 60


def test_a_question_refused_as_busy_uses_up_nothing(
    committed_talk: Conversation, model: ModelServer, settings: Settings
) -> None:
    settings.RATE_ASK_VISITOR = "2/minute"
    model.say(LONG).delay(0.02)
    Conversation.objects.filter(pk=committed_talk.pk).update(visitor=uuid.uuid4())
    committed_talk.refresh_from_db()

    async def scene() -> list[str]:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION)
            (*_, token) = await page.until("token")
            for _ in range(4):
                await page.ask("And monthly plans?")
            refused = [(await page.until("error"))[-1]["code"] for _ in range(4)]
            await page.send(type="stop", turn=token["turn"])
            await page.until_over()
            model.say("Monthly plans are not. [1]").delay(0)
            await page.ask("And monthly plans?")
            return [*refused, (await page.until_over())[-1]["state"]]

    assert run(scene) == ["busy"] * 4 + ["answered"]


def test_a_flood_of_frames_is_held_and_then_cut_off(
    committed_talk: Conversation, settings: Settings
) -> None:
    settings.RATE_SOCKET_FRAMES = "5/hour"
    sent = uuid.uuid4()

    async def scene() -> list[dict[str, Any]]:
        page = Page(committed_talk)
        assert await page.socket.connect()
        for _ in range(5):
            await page.send(type="ping")
            assert (await page.get())["type"] == "pong"
        await page.ask(QUESTION, sent)
        got = [await page.get()]
        for _ in range(100):
            await page.send(type="ping")
            reply = await page.socket.receive_output(timeout=5)
            if reply["type"] == "websocket.close":
                break
            got.append(json.loads(reply["text"]))
        await page.send(type="ping")
        assert await page.socket.receive_nothing()
        await page.socket.disconnect()
        return [*got, reply]

    held, *more, closed = run(scene)
    assert (held["code"], held["client_id"]) == ("too_many", str(sent))
    assert held["retry_after"] > 0
    assert {each["code"] for each in more} == {"too_many"}
    assert 5 < len(more) < 100
    assert closed["code"] == 4430
    assert Turn.objects.count() == 0


def test_broken_frames_count_as_well(committed_talk: Conversation, settings: Settings) -> None:
    settings.RATE_SOCKET_FRAMES = "2/hour"

    async def scene() -> list[str]:
        async with Page(committed_talk) as page:
            for _ in range(3):
                await page.socket.put("{")
            return [(await page.get())["code"] for _ in range(3)]

    assert run(scene) == ["malformed", "malformed", "too_many"]


def test_a_tab_with_ten_running_turns_is_never_held(committed_talk: Conversation) -> None:
    """Ten follows, ten gaps, ten stops and a minute's pings, all at once."""

    async def scene() -> set[str]:
        async with Page(committed_talk) as page:
            for _ in range(10):
                for frame in ({"type": "follow", "after": 0}, {"type": "follow", "after": 3}):
                    await page.send(turn=uuid.uuid4(), **frame)
                await page.send(type="stop", turn=uuid.uuid4())
            for _ in range(3):
                await page.send(type="ping")
            return {(await page.get()).get("code", "pong") for _ in range(23)}

    assert run(scene) == {"not_found", "pong"}


def test_an_oversized_frame_gets_a_polite_error(committed_talk: Conversation) -> None:
    async def scene() -> list[dict[str, Any]]:
        async with Page(committed_talk) as page:
            await page.ask("a" * django_settings.MAX_FRAME_BYTES)
            await page.send(type="ping")
            return [await page.get(), await page.get()]

    error, pong = run(scene)
    assert (error["code"], pong["type"]) == ("too_large", "pong")
    assert Turn.objects.count() == 0


def test_a_binary_frame_gets_a_polite_error(committed_talk: Conversation) -> None:
    async def scene() -> dict[str, Any]:
        async with Page(committed_talk) as page:
            await page.socket.put(data=b"\x00\xff")
            return await page.get()

    assert run(scene)["code"] == "not_text"


HOSTILE = [
    "{",
    "null",
    "[]",
    '"ask"',
    "{}",
    '{"type": "drop"}',
    '{"type": "ask"}',
    '{"type": "ask", "client_id": "1", "text": "a"}',
    '{"type": "follow", "turn": "x"}',
    '{"type": "stop", "turn": {"a": 1}}',
    '{"type": "ask", "client_id": "' + str(VISITOR) + '", "text": ["a"]}',
    '{"type": "ask", "client_id": "' + str(VISITOR) + '", "text": "\\ud800"}',
    "[" * 10_000,
    '{"type":' * 2_000,
    '{"type": "follow", "turn": "' + str(VISITOR) + '", "after": -1}',
    '{"type": "follow", "turn": "' + str(VISITOR) + '", "after": 1e400}',
    "\x00",
]


def test_malformed_frames_get_an_error_and_the_socket_stays(committed_talk: Conversation) -> None:
    async def scene() -> list[dict[str, Any]]:
        async with Page(committed_talk) as page:
            got = []
            for text in HOSTILE:
                await page.socket.put(text)
                got.append(await page.get())
            await page.send(type="ping")
            return [*got, await page.get()]

    *errors, pong = run(scene)
    assert {error["type"] for error in errors} == {"error"}
    assert pong == {"type": "pong"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(json.dumps),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["ask", "stop", "follow", "ping", "x"])},
            optional={
                "client_id": st.text() | st.uuids().map(str),
                "turn": st.text() | st.uuids().map(str),
                "text": st.text(st.characters(exclude_categories=())) | st.integers(),
                "after": st.integers() | st.text(),
                "supersedes": st.none() | st.text(),
            },
        ).map(json.dumps),
    )
)
def test_any_text_is_a_frame_or_a_bad_frame(text: str) -> None:
    with suppress(BadFrame):
        assert frames.parse(text, longest=16_384).type in {"ask", "stop", "follow", "ping"}


def test_a_socket_beyond_the_cap_is_refused(
    committed_talk: Conversation, settings: Settings
) -> None:
    settings.MAX_SOCKETS_PER_ADDRESS = 2

    async def scene() -> bool:
        async with Page(committed_talk), Page(committed_talk):
            third = Page(committed_talk)
            connected = await third.socket.connect()
            await third.socket.disconnect()
        async with Page(committed_talk):
            return connected

    assert not run(scene)


def test_the_workspace_is_the_conversations_own(committed_talk: Conversation) -> None:
    """Another workspace's article is never found."""
    other = Workspace.objects.create(slug="other", name="Other")
    Conversation.objects.filter(pk=committed_talk.pk).update(workspace=other)
    committed_talk.refresh_from_db()

    async def scene() -> list[dict[str, Any]]:
        async with Page(committed_talk) as page:
            await page.ask(QUESTION)
            return await page.until_over()

    run(scene)
    assert the_turn().outcome == "no_evidence"
