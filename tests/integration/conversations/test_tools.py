"""Tools in the chat: looked up for whoever asks, shown with its date, and changes with a card."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from supportapp.conversations import frames, turns, visitors
from supportapp.conversations.models import Conversation, Handoff, Turn
from supportapp.conversations.questions import Asker
from supportapp.conversations.running import Running, run
from supportapp.conversations.transcript import Frame
from supportapp.knowledge.models import Workspace
from supportapp.tools import confirmations, orders, rates
from supportapp.tools.models import Confirmation, ToolCall, ToolSwitch
from tests.factories import UserFactory
from tests.fakes.model_server import ModelServer
from tests.integration.conversations.conftest import VISITOR

SAMPLE = Path(orders.__file__).parent / "samples" / "orders.csv"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def answered(text: str, username: str = "", visitor: uuid.UUID = VISITOR) -> Turn:
    """Ask a question and run it to its end."""
    conversation = Conversation.objects.create(workspace=Workspace.default(), visitor=visitor)
    asker = Asker(frozenset({"public"}), "en", username)
    turn = turns.open(conversation, text, uuid.uuid4(), asker=asker)
    async_to_sync(run)(Running(turn.pk))
    turn.refresh_from_db()
    return turn


def client_of(visitor: uuid.UUID = VISITOR) -> Client:
    client = Client()
    client.cookies["visitor"] = visitors.sign(visitor)
    return client


def page(turn: Turn, client: Client | None = None) -> str:
    address = reverse("chat:conversation", args=[turn.conversation_id])
    return (client or client_of()).get(address).content.decode()


@pytest.fixture
def with_rates(help_centre: Workspace, settings: Settings) -> Workspace:
    rates.sync(settings.RATES_SOURCE, NOW)
    return help_centre


def test_a_plain_wish_is_looked_up_cited_and_dated(with_rates: Workspace) -> None:
    turn = answered("What are the mortgage rates?")
    assert (turn.outcome, turn.kind) == ("answered", "looked_up")
    text = page(turn)
    assert "Looked up for you" in text
    assert f'href="#tool-{turn.pk}-1"' in text
    assert f'id="tool-{turn.pk}-1"' in text
    assert "20 November 2026, 08:00 UTC" in text
    assert ">10 years</th>" in text
    step = turn.receipt["tools"][0]
    assert (step["tool"], step["code"]) == ("get_mortgage_rates", "ok")
    assert turn.spans.filter(name="tool").exists()
    assert ToolCall.objects.get().turn == turn


def test_only_the_signed_in_customer_sees_their_order(help_centre: Workspace) -> None:
    orders.load(SAMPLE, help_centre)
    question = "Where is my order TS-104251?"
    assert "packed" in answered(question, "lena").answer
    assert "can't find" in answered(question, "omar").answer
    assert "sign in" in answered(question).answer


def test_an_account_is_read_from_who_is_signed_in_now(help_centre: Workspace) -> None:
    conversation = Conversation.objects.create(workspace=help_centre, visitor=VISITOR)
    user = UserFactory.create(username="lena")
    assert Asker.of(conversation, user).username == "lena"


def test_a_tools_stage_brings_its_own_words(help_centre: Workspace) -> None:
    turn = Turn(question="What are the rates?")
    sent = frames.live_frame(turn, Frame(1, "stage", "Looking up home-loan rates…"))
    assert (sent["name"], sent["label"]) == ("tool", "Looking up home-loan rates…")


@pytest.fixture
def asked(help_centre: Workspace, model: ModelServer) -> Turn:
    """A turn in which the model wants to pass the conversation on."""
    model.say("I called someone.").call("request_person", message="Broken scanner")
    turn = answered("My refund never came, I want somebody to look at my yearly plan refund")
    assert Confirmation.objects.get().turn == turn
    return turn


def confirm(turn: Turn, answer: str, client: Client | None = None, **more: str) -> int:
    address = reverse("chat:confirm", args=[turn.pk])
    given = {"answer": answer, **more}
    return (client or client_of()).post(address, given).status_code


def test_a_change_shows_a_card_and_does_nothing_by_itself(asked: Turn) -> None:
    text = page(asked)
    assert "Shall I pass this conversation on to a person?" in text
    assert 'name="answer" value="yes"' in text
    assert not Handoff.objects.exists()


def test_a_yes_without_scripts_is_carried_out_once(asked: Turn) -> None:
    assert confirm(asked, "yes", contact="lena@example.com") == 302
    assert confirm(asked, "yes", contact="lena@example.com") == 302
    handoff = Handoff.objects.get()
    assert (handoff.contact, handoff.message, handoff.turn) == (
        "lena@example.com",
        "Broken scanner",
        asked,
    )
    assert "A person has your request" in page(asked)
    assert Confirmation.objects.get().contact == ""


def test_with_htmx_the_card_gives_way_to_what_came_of_it(asked: Turn) -> None:
    address = reverse("chat:confirm", args=[asked.pk])
    given = {"answer": "yes", "contact": "lena@example.com"}
    response = client_of().post(address, given, headers={"HX-Request": "true"})
    text = response.content.decode()
    assert text.lstrip().startswith(f'<div class="tools" id="tools-{asked.pk}">')
    assert "A person has your request" in text


def test_a_no_needs_no_address(asked: Turn) -> None:
    assert confirm(asked, "no") == 302
    assert "You said no" in page(asked)
    assert not Handoff.objects.exists()


def test_a_yes_that_lacks_an_address_is_refused(asked: Turn) -> None:
    assert confirm(asked, "yes") == 400
    assert confirm(asked, "yes", contact="nowhere") == 400
    assert confirm(asked, "perhaps") == 400
    assert Confirmation.objects.get().state == Confirmation.State.ASKED


def test_someone_elses_card_does_not_exist(asked: Turn) -> None:
    stranger = client_of(uuid.uuid4())
    assert confirm(asked, "yes", stranger, contact="x@example.com") == 404
    assert not Handoff.objects.exists()


def test_a_turn_without_a_card_has_nothing_to_confirm(with_rates: Workspace) -> None:
    turn = answered("What are the mortgage rates?")
    assert confirm(turn, "yes", contact="x@example.com") == 404


def test_a_card_expires(asked: Turn) -> None:
    Confirmation.objects.update(expires_at=timezone.now())
    assert "has expired" in page(asked)
    confirm(asked, "yes", contact="lena@example.com")
    assert Confirmation.objects.get().state == Confirmation.State.EXPIRED
    assert confirmations.expire(timezone.now()) == 0
    assert not Handoff.objects.exists()


def test_only_tools_that_are_allowed_reach_the_model(
    help_centre: Workspace, model: ModelServer
) -> None:
    ToolSwitch.objects.create(workspace=help_centre, tool="get_order_status", is_on=False)
    answered("How do I get a refund for a yearly plan?")
    sent = model.chats()[-1]
    names = {each["function"]["name"] for each in sent.body["tools"]}
    assert names == {"get_mortgage_rates", "request_person", "search_articles"}


def test_search_articles_cites_passages(help_centre: Workspace, model: ModelServer) -> None:
    model.say("Open Settings [7].").call("search_articles", query="cancel plan")
    turn = answered("How do I get a refund for a yearly plan?")
    steps = turn.receipt["tools"][0]
    assert (steps["tool"], steps["code"]) == ("search_articles", "ok")
    assert steps["passages"]
