"""The chat's pages and forms: whose they are, what they refuse, what they show."""

import re
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from supportapp.conversations import visitors
from supportapp.conversations.models import Citation, Conversation, Handoff, Turn
from supportapp.knowledge.models import Article, Passage, Revision, SuggestedPrompt, Workspace
from supportapp.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor() -> UUID:
    return uuid4()


@pytest.fixture
def browser(client: Client, visitor: UUID) -> Client:
    """A browser that has been here before."""
    client.cookies[settings.VISITOR_COOKIE_NAME] = visitors.sign(visitor)
    return client


@pytest.fixture
def conversation(visitor: UUID) -> Conversation:
    return Conversation.objects.create(
        workspace=Workspace.default(), visitor=visitor, title="Money back"
    )


@pytest.fixture
def turn(conversation: Conversation) -> Turn:
    return make_turn(conversation, answer="Within **30 days** [1].")


@pytest.fixture
def citation(turn: Turn) -> Citation:
    article = Article.objects.create(
        workspace=turn.conversation.workspace, slug="refunds", title="Refunds"
    )
    revision = Revision.objects.create(
        article=article, number=1, title="Refunds", body="x", content_hash="x"
    )
    passage = Passage.objects.create(
        workspace=article.workspace,
        article=article,
        revision=revision,
        position=0,
        title="Refunds",
        headings=["When"],
        text="Within 30 days. <script>alert(1)</script>",
        audience="public",
        language="en",
        content_hash="x",
        generation_added=1,
    )
    return Citation.objects.create(
        turn=turn, number=1, passage=passage, revision=revision, article=article, quote="Within"
    )


def make_turn(conversation: Conversation, **fields: object) -> Turn:
    values: dict[str, object] = {
        "position": conversation.turns.count() + 1,
        "client_id": uuid4(),
        "question": "Can I get my money back?",
        "state": Turn.State.ANSWERED,
        "outcome": "answered",
        "kind": "quoted",
        "heartbeat_at": timezone.now(),
        "receipt": {"asker": {"audiences": ["public"], "language": "en"}},
    }
    return Turn.objects.create(conversation=conversation, **(values | fields))


def text_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_first_visit_gets_a_signed_cookie_and_the_notice(client: Client) -> None:
    response = client.get("/")

    cookie = response.cookies[settings.VISITOR_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert visitors.read(cookie.value) is not None
    page = response.content.decode()
    assert "You are talking to an AI system" in page
    assert page.index("You are talking to an AI system") < page.index('id="question"')


def test_a_returning_visitor_keeps_the_cookie(browser: Client) -> None:
    assert settings.VISITOR_COOKIE_NAME not in browser.get("/").cookies


def test_suggested_questions_come_in_the_readers_language_first(client: Client) -> None:
    workspace = Workspace.default()
    SuggestedPrompt.objects.create(workspace=workspace, text="How much?", position=0)
    SuggestedPrompt.objects.create(workspace=workspace, text="多少钱？", language="zh", position=1)

    page = client.get("/", headers={"Accept-Language": "zh-CN"}).content.decode()

    assert page.index("多少钱？") < page.index("How much?")
    assert re.search(r'lang="zh"[^>]*><span>多少钱', page)


def test_the_conversation_shows_its_turns_and_no_inline_code(
    browser: Client, conversation: Conversation, citation: Citation
) -> None:
    page = text_of(browser, reverse("chat:conversation", args=[conversation.pk]))

    assert "<strong>30 days</strong>" in page
    assert f'href="{reverse("chat:passage", args=[citation.turn_id, 1])}"' in page
    assert "Quoted from the articles" in page
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []


def test_superseded_turns_are_not_shown(browser: Client, conversation: Conversation) -> None:
    old = make_turn(conversation, question="The old words")
    make_turn(conversation, question="The new words", position=old.position, supersedes=old)

    page = text_of(browser, reverse("chat:conversation", args=[conversation.pk]))

    assert "The new words" in page
    assert "The old words" not in page


def test_a_running_turn_refreshes_the_page_where_there_are_no_scripts(
    browser: Client, conversation: Conversation
) -> None:
    running = make_turn(
        conversation, state=Turn.State.STREAMING, answer="So far <b>", streamed_seq=7
    )

    page = text_of(browser, reverse("chat:conversation", args=[conversation.pk]))

    assert re.search(r'<noscript><meta http-equiv="refresh" content="2; url=/c/[^"]+#turn-', page)
    assert f'id="turn-{running.pk}"' in page
    assert 'data-seq="7"' in page
    assert "So far &lt;b&gt;" in page


@pytest.mark.parametrize(
    ("state", "fields", "words"),
    [
        ("failed", {"error_code": "model_incomplete", "answer": "Half"}, "The answer broke off"),
        ("failed", {"error_code": "deadline"}, "took too long"),
        ("failed", {"error_code": "unavailable"}, "couldn’t answer this now"),
        ("interrupted", {"error_code": "interrupted"}, "interrupted on our side"),
        ("cancelled", {"answer": "Half"}, "You stopped this answer; the text is unfinished"),
        ("answered", {"notices": ["model_unavailable"]}, "AI model can’t be reached"),
    ],
)
def test_every_state_says_in_words_what_happened(
    browser: Client, conversation: Conversation, state: str, fields: dict[str, object], words: str
) -> None:
    made = make_turn(conversation, state=state, **fields)

    page = text_of(browser, reverse("chat:turn", args=[made.pk]))

    assert words in page
    assert ("Try again" in page) is (state != "answered")


def test_without_evidence_the_closest_articles_and_a_person_are_offered(
    browser: Client, conversation: Conversation
) -> None:
    made = make_turn(
        conversation,
        outcome="no_evidence",
        kind="",
        answer="I don't know.",
        closest=[{"slug": "refunds", "title": "Refunds"}],
    )

    page = text_of(browser, reverse("chat:turn", args=[made.pk]))

    assert reverse("help:article", args=["refunds"]) in page
    assert f'action="{reverse("chat:handoff", args=[conversation.pk])}"' in page


def test_the_passage_comes_as_a_part_and_as_a_page(browser: Client, citation: Citation) -> None:
    address = reverse("chat:passage", args=[citation.turn_id, 1])

    part = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    page = text_of(browser, address)

    assert "Within 30 days." in part
    assert "<html" not in part
    assert "<html" in page
    assert "<script>alert" not in part + page
    assert browser.get(reverse("chat:passage", args=[citation.turn_id, 2])).status_code == 404


@pytest.mark.parametrize("name", ["conversation", "ask", "rename", "delete", "restore", "handoff"])
def test_somebody_elses_conversation_is_not_found(
    client: Client, conversation: Conversation, name: str
) -> None:
    client.get("/")
    address = reverse(f"chat:{name}", args=[conversation.pk])
    fields = {"text": "x", "client_id": uuid4(), "title": "x", "contact": "a@example.com"}
    sends = {"ask", "rename", "delete", "restore"}

    response = client.post(address, fields) if name in sends else client.get(address)

    assert response.status_code == 404
    assert Handoff.objects.count() == 0


@pytest.mark.parametrize("name", ["turn", "stop", "regenerate", "edit"])
def test_somebody_elses_turn_is_not_found(client: Client, turn: Turn, name: str) -> None:
    client.get("/")
    address = reverse(f"chat:{name}", args=[turn.pk])
    fields = {"text": "x", "client_id": uuid4()}

    response = client.get(address) if name == "turn" else client.post(address, fields)

    assert response.status_code == 404
    assert Turn.objects.count() == 1


@pytest.mark.parametrize("name", ["start", "person"])
def test_posts_without_a_csrf_token_are_refused(name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse(f"chat:{name}"), {"text": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Write a question first."),
        ("x" * 2001, "A question can have 2000 characters; this one has 2001."),
        ("\x00", "Write a question first."),
    ],
)
def test_an_unfit_question_is_refused_with_its_words_kept(
    browser: Client, conversation: Conversation, text: str, words: str
) -> None:
    address = reverse("chat:ask", args=[conversation.pk])

    response = browser.post(address, {"text": text, "client_id": uuid4()})

    assert response.status_code == 400
    assert words in response.content.decode()
    assert conversation.turns.count() == 0


@pytest.mark.parametrize("text", ["???", "\u200b\u200b", " … "])
def test_nothing_to_read_begins_no_conversation(browser: Client, text: str) -> None:
    response = browser.post(reverse("chat:start"), {"text": text, "client_id": uuid4()})

    assert response.status_code == 400
    assert "Write a question first." in response.content.decode()
    assert not Conversation.objects.exists()


def test_a_form_with_a_forged_id_is_refused(browser: Client, conversation: Conversation) -> None:
    address = reverse("chat:ask", args=[conversation.pk])
    response = browser.post(address, {"text": "How?", "client_id": "not-an-id"})
    assert response.status_code == 400
    assert "This page is out of date. Reload it" in response.content.decode()


def test_too_many_questions_are_refused_with_a_time_and_the_words_kept(
    browser: Client, conversation: Conversation, settings: object
) -> None:
    settings.RATE_ASK_VISITOR = "1/hour"  # type: ignore[attr-defined]
    address = reverse("chat:ask", args=[conversation.pk])
    browser.post(address, {"text": "One?", "client_id": uuid4()})

    response = browser.post(address, {"text": "Two?", "client_id": uuid4()})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert ">Two?</textarea>" in response.content.decode()


def test_a_question_refused_as_busy_uses_up_nothing(
    browser: Client, conversation: Conversation, settings: Settings
) -> None:
    settings.RATE_ASK_VISITOR = "1/minute"
    running = make_turn(conversation, state=Turn.State.STREAMING, heartbeat_at=timezone.now())
    page = reverse("chat:ask", args=[conversation.pk])
    for _ in range(3):
        refused = browser.post(page, {"text": "And now?", "client_id": str(uuid4())})
        assert refused.status_code == 400
    Turn.objects.filter(pk=running.pk).update(state=Turn.State.CANCELLED)
    asked = browser.post(page, {"text": "And now?", "client_id": str(uuid4())})
    assert asked.status_code == 302


def test_a_form_asks_with_the_rights_of_who_is_signed_in_now(
    browser: Client, conversation: Conversation
) -> None:
    """Not with those of who began the conversation at this browser."""
    customer = User.objects.create_user("anna")
    Conversation.objects.filter(pk=conversation.pk).update(user=customer)
    page = reverse("chat:ask", args=[conversation.pk])
    browser.post(page, {"text": "First?", "client_id": str(uuid4())})
    Turn.objects.update(state=Turn.State.CANCELLED)
    browser.force_login(customer)
    browser.post(page, {"text": "Second?", "client_id": str(uuid4())})
    first, second = Turn.objects.order_by("position")
    assert first.receipt["asker"]["audiences"] == ["public"]
    assert second.receipt["asker"]["audiences"] == ["customers", "public"]


def test_a_question_during_another_is_refused_politely(
    browser: Client, conversation: Conversation
) -> None:
    make_turn(conversation, state=Turn.State.STREAMING)
    address = reverse("chat:ask", args=[conversation.pk])

    response = browser.post(address, {"text": "Me too?", "client_id": uuid4()})

    assert response.status_code == 400
    assert "still being answered" in response.content.decode()
    assert ">Me too?</textarea>" in response.content.decode()


def test_a_request_for_a_person_is_stored_once(
    browser: Client, conversation: Conversation, turn: Turn
) -> None:
    address = reverse("chat:handoff", args=[conversation.pk])
    fields = {"client_id": uuid4(), "contact": "anna@example.com", "turn": turn.pk}

    first = browser.post(address, fields)
    browser.post(address, fields)

    stored = Handoff.objects.get()
    assert (stored.contact, stored.turn) == ("anna@example.com", turn)
    assert "A person has your request" in text_of(browser, first["Location"])
    assert OutboxEvent.objects.filter(payload__kind="asked_person").count() == 1


def test_a_person_can_be_asked_without_a_conversation(browser: Client, visitor: UUID) -> None:
    response = browser.post(
        reverse("chat:person"), {"client_id": uuid4(), "contact": "anna@example.com"}
    )

    assert response.status_code == 302
    assert Handoff.objects.get().conversation.visitor == visitor


def test_new_cookies_bring_no_flood_of_requests_for_a_person(settings: object) -> None:
    settings.RATE_PERSON_ADDRESS = "2/hour"  # type: ignore[attr-defined]  # pytest-django's fixture
    answers = [
        Client(REMOTE_ADDR="192.0.2.77").post(
            reverse("chat:person"), {"client_id": uuid4(), "contact": "anna@example.com"}
        )
        for _ in range(3)
    ]

    assert [each.status_code for each in answers] == [302, 302, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert Handoff.objects.count() == 2


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "²", "x", "-1"])
def test_an_odd_number_of_a_request_shows_the_form(
    browser: Client, conversation: Conversation, number: str
) -> None:
    address = reverse("chat:handoff", args=[conversation.pk])
    assert browser.get(address, {"sent": number}).status_code == 200


def test_staff_get_a_request_without_hidden_characters(
    browser: Client, conversation: Conversation
) -> None:
    fields = {"contact": "anna@example.com", "name": "An\u202ena", "message": "He\u200blp\r\nme"}
    browser.post(reverse("chat:handoff", args=[conversation.pk]), {"client_id": uuid4()} | fields)

    stored = Handoff.objects.get()
    assert (stored.name, stored.message) == ("Anna", "Help\nme")


def test_nothing_is_asked_twice(browser: Client, conversation: Conversation) -> None:
    Handoff.objects.create(
        conversation=conversation, client_id=uuid4(), contact="anna@example.com", name="Anna"
    )

    page = text_of(browser, reverse("chat:person"))

    assert 'value="anna@example.com"' in page
    assert 'value="Anna"' in page


def test_a_bad_address_is_explained_in_the_form(
    browser: Client, conversation: Conversation
) -> None:
    address = reverse("chat:handoff", args=[conversation.pk])
    response = browser.post(address, {"client_id": uuid4(), "contact": "anna", "message": "Hi"})

    assert response.status_code == 400
    page = response.content.decode()
    assert "doesn’t look like an e-mail address" in page
    assert ">Hi</textarea>" in page


def test_history_finds_words_of_questions_and_answers(
    browser: Client, conversation: Conversation, turn: Turn
) -> None:
    assert "Money back" in text_of(browser, "/history/?q=30 days")
    assert "Nothing was found" in text_of(browser, "/history/?q=unheard")
    assert "Nothing was found" not in text_of(browser, "/history/?q=%00")


def test_a_deleted_conversation_comes_back_by_undo(
    browser: Client, conversation: Conversation
) -> None:
    gone = browser.post(reverse("chat:delete", args=[conversation.pk]))
    assert browser.get(reverse("chat:conversation", args=[conversation.pk])).status_code == 404
    assert "was deleted" in text_of(browser, gone["Location"])

    browser.post(reverse("chat:restore", args=[conversation.pk]))

    assert browser.get(reverse("chat:conversation", args=[conversation.pk])).status_code == 200


def test_a_conversation_is_renamed(browser: Client, conversation: Conversation) -> None:
    browser.post(reverse("chat:rename", args=[conversation.pk]), {"title": "  Refunds  "})
    conversation.refresh_from_db()
    assert conversation.title == "Refunds"
    for title in (" ", "\u202e\u200b"):
        blank = browser.post(reverse("chat:rename", args=[conversation.pk]), {"title": title})
        assert blank.status_code == 400


def test_receipts_are_for_staff(browser: Client, turn: Turn, admin_client: Client) -> None:
    address = reverse("chat:receipt", args=[turn.pk])
    assert browser.get(address).status_code == 403
    assert admin_client.get(address).json()["state"] == "answered"


def test_chinese_text_says_that_it_is_chinese(browser: Client, conversation: Conversation) -> None:
    made = make_turn(conversation, question="怎么退款？", answer="三十天内可以退款。")
    page = text_of(browser, reverse("chat:turn", args=[made.pk]))
    assert re.search(r'class="question-text" lang="zh-Hans"', page)
    assert re.search(r'class="answer-text prose" lang="zh-Hans"', page)
