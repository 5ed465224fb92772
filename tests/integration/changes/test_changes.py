"""A draft is replayed on past questions and golden examples before it is published."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from supportapp.changes import deciding, opening, replaying, touching
from supportapp.changes.deciding import NotNow
from supportapp.changes.models import ArticleChange, Replay
from supportapp.changes.replaying import Ended
from supportapp.changes.tasks import run_replays
from supportapp.conversations.models import Conversation
from supportapp.evals import datasets
from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.models import Article, Revision
from supportapp.outbox.models import OutboxEvent
from supportapp.review.models import Consequence, ReviewItem
from tests.integration.changes.conftest import NEW, OLD, REFUNDS, Ask, change_of, write

State, Verdict = ArticleChange.State, Replay.Verdict
TRACTOR = "Which spark plugs fit a 1987 tractor?"
TRACTORS = "## Tractors\n\nSpark plugs of type B7 fit a 1987 tractor."


def replayed(article: Article, editor: User) -> ArticleChange:
    change = opening.of(article, editor)
    assert replaying.start(change)
    assert replaying.run(change.pk, change.attempt, timezone.now()) is Ended.DONE
    change.refresh_from_db()
    return change


def verdicts(change: ArticleChange) -> list[tuple[str, str]]:
    return list(change.replays.values_list("source", "verdict"))


def golden(article: Article, **known: object) -> None:
    datasets.add(
        datasets.golden(article.workspace),
        **({"question": REFUNDS, "articles": [article.slug]} | known),  # type: ignore[arg-type]  # fields of an example
    )


def press_publish(client: Client, article: Article, body: str) -> str:
    fields = {
        "version": article.version, "title": article.title, "body": body, "audience": "public",
        "language": "en", "subject": "", "tags": "", "aliases": "", "owner": "", "note": "",
        "action": "publish",
    }  # fmt: skip
    address = reverse("admin:knowledge_article_change", args=[article.pk])
    response = client.post(address, fields)
    assert response.status_code == 302, response.context["form"].errors
    article.refresh_from_db()
    return str(response["Location"])


def test_publishing_leads_to_the_replays_which_show_what_changes(
    ask: Ask, article: Article, staff: Client
) -> None:
    ask()
    ask("How do I cancel my plan?")
    address = press_publish(staff, article, NEW)
    change = change_of(article)
    assert address == reverse("changes:change", args=[change.pk])
    assert article.draft is not None
    assert change.state == State.REPLAYING
    event = OutboxEvent.objects.get(task=replaying.RUN)
    run_replays(**event.payload, event_id=str(event.pk))
    page = staff.get(address)
    assert verdicts(change_of(article)) == [("turn", "changed")]
    assert b"<ins>" in page.content
    assert b"60" in page.content
    assert b"Are yearly plans refunded?" in page.content
    decided = staff.post(reverse("changes:decide", args=[change.pk]), {"decision": "publish"})
    assert decided.status_code == 302
    article.refresh_from_db()
    assert article.published is not None
    assert article.published.body == NEW
    assert change_of(article).state == State.PUBLISHED
    assert "60 days" in ask("Are yearly plans refunded now?").answer


def test_with_nothing_to_replay_it_is_published_as_before(article: Article, staff: Client) -> None:
    address = press_publish(staff, article, NEW)
    assert address == reverse("admin:knowledge_article_change", args=[article.pk])
    assert article.draft is None
    assert not ArticleChange.objects.exists()


def test_questions_that_ask_the_same_count_once_and_the_newest_stands(
    ask: Ask, article: Article, editor: User
) -> None:
    ask()
    ask("are yearly plans refunded?")
    newest = ask("Are the yearly plans refunded?")
    write(article, NEW)
    assert article.draft is not None
    found = touching.find(article, article.draft)
    assert [(each.turn, each.alike) for each in found.touched] == [(newest, 2)]


def test_a_question_that_nobody_could_answer_is_answered_by_the_draft(
    ask: Ask, article: Article, editor: User
) -> None:
    assert ask(TRACTOR).outcome == "no_evidence"
    write(article, f"{OLD}\n\n{TRACTORS}")
    change = replayed(article, editor)
    assert verdicts(change) == [("turn", "better")]


def test_a_draft_that_no_longer_answers_is_worse(ask: Ask, article: Article, editor: User) -> None:
    write(article, f"{OLD}\n\n{TRACTORS}")
    assert article.draft is not None
    embeddings.embed_revision(publishing.publish(article.draft).revision.pk)
    assert ask(TRACTOR).outcome == "answered"
    article.refresh_from_db()
    write(article, OLD)
    assert verdicts(replayed(article, editor)) == [("turn", "worse")]


def test_deleted_conversations_are_used_for_nothing(
    ask: Ask, article: Article, editor: User, staff: Client
) -> None:
    turn = ask()
    write(article, NEW)
    change = replayed(article, editor)
    Conversation.objects.filter(pk=turn.conversation_id).update(deleted_at=timezone.now())
    assert REFUNDS.encode() not in staff.get(reverse("changes:change", args=[change.pk])).content
    assert replaying.start(change)
    assert replaying.run(change.pk, change.attempt, timezone.now()) is Ended.DONE
    assert verdicts(change) == []


def test_golden_examples_that_break_block_until_somebody_says_why(
    article: Article, editor: User, staff: Client
) -> None:
    golden(article, must_say=["30 days"])
    write(article, NEW)
    change = replayed(article, editor)
    assert verdicts(change) == [("example", "worse")]
    with pytest.raises(NotNow, match="Golden examples break"):
        deciding.publish(change, editor)
    page = staff.get(reverse("changes:change", args=[change.pk]))
    assert b"1 golden example would break" in page.content
    deciding.publish(change, editor, override_reason="The law changed.")
    assert change.state == State.PUBLISHED
    assert change.override_reason == "The law changed."


def test_who_may_not_override_can_give_no_reason(article: Article, second: User) -> None:
    second.groups.clear()
    second.user_permissions.add(Permission.objects.get(codename="publish_article"))
    golden(article, must_say=["30 days"])
    write(article, NEW)
    change = replayed(article, second)
    with pytest.raises(NotNow, match="may not"):
        deciding.publish(change, second, override_reason="I like it.")


def test_a_golden_example_that_is_mended_is_better(article: Article, editor: User) -> None:
    golden(article, must_say=["60 days"])
    write(article, NEW)
    change = replayed(article, editor)
    assert verdicts(change) == [("example", "better")]
    deciding.publish(change, editor)


def test_an_edit_meanwhile_makes_the_replay_stale(
    ask: Ask, article: Article, editor: User, staff: Client
) -> None:
    ask()
    write(article, NEW)
    change = replayed(article, editor)
    write(article, NEW + " Or later.")
    assert b"Out of date." in staff.get(reverse("changes:change", args=[change.pk])).content
    with pytest.raises(NotNow, match="changed after"):
        deciding.publish(change, editor)
    replaying.start(change)
    write(article, NEW + " Or never.")
    assert replaying.run(change.pk, change.attempt, timezone.now()) is Ended.DONE
    change.refresh_from_db()
    assert (change.state, change.message) == (State.OPEN, replaying.EDITED)


def test_a_killed_worker_costs_one_question_and_an_older_start_counts_no_more(
    ask: Ask, article: Article, editor: User, settings: Settings
) -> None:
    ask()
    ask("Are monthly plans refunded?")
    write(article, NEW)
    change = opening.of(article, editor)
    replaying.start(change)
    now = timezone.now()
    assert replaying.run(change.pk, change.attempt, now) is Ended.DONE
    # As if the worker had died over the second question.
    Replay.objects.filter(position=2).update(done_at=None, verdict="", before={}, after={})
    first = Replay.objects.get(position=1)
    ArticleChange.objects.update(state=State.REPLAYING, beaten_at=now, done=1)
    assert replaying.run(change.pk, change.attempt, now) is Ended.BUSY
    assert replaying.run(change.pk, change.attempt - 1, now) is Ended.DONE
    late = now + replaying.QUIET + timedelta(seconds=1)
    assert replaying.run(change.pk, change.attempt, late) is Ended.DONE
    change.refresh_from_db()
    assert (change.state, change.done, change.total) == (State.READY, 2, 2)
    assert Replay.objects.get(position=1).done_at == first.done_at
    assert Replay.objects.get(position=2).verdict


def test_a_slice_ends_in_time_and_a_second_delivery_does_nothing_twice(
    ask: Ask, article: Article, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()
    write(article, NEW)
    change = opening.of(article, editor)
    replaying.start(change)
    monkeypatch.setattr(replaying, "SLICE_SECONDS", -1.0)
    event = OutboxEvent.objects.get(task=replaying.RUN)
    for _ in range(2):
        run_replays(**event.payload, event_id=str(event.pk))
    assert OutboxEvent.objects.filter(task=replaying.RUN).count() == 2
    monkeypatch.undo()
    rest = OutboxEvent.objects.exclude(pk=event.pk).get(task=replaying.RUN)
    run_replays(**rest.payload, event_id=str(rest.pk))
    assert change_of(article).state == State.READY
    assert Replay.objects.count() == 1


def test_it_can_be_stopped(ask: Ask, article: Article, editor: User, staff: Client) -> None:
    ask()
    write(article, NEW)
    change = opening.of(article, editor)
    replaying.start(change)
    staff.post(reverse("changes:cancel", args=[change.pk]))
    assert replaying.run(change.pk, change.attempt, timezone.now()) is Ended.DONE
    assert not Replay.objects.exists()
    assert change_of(article).state == State.OPEN


def test_a_second_person_decides_who_is_not_the_writer(
    ask: Ask, article: Article, editor: User, second: User
) -> None:
    ask()
    write(article, NEW, editor)
    change = replayed(article, editor)
    with pytest.raises(NotNow, match="Whoever wrote it"):
        deciding.send_to(change, editor, editor)
    deciding.send_to(change, second, editor)
    with pytest.raises(NotNow, match="waits for sue"):
        deciding.publish(change, editor)
    deciding.publish(change, second)
    article.refresh_from_db()
    assert article.published is not None
    assert article.published.author == editor
    assert change.decided_by == second


def test_it_can_be_held_taken_up_and_given_up(
    ask: Ask, article: Article, editor: User, staff: Client
) -> None:
    ask()
    write(article, NEW)
    change = replayed(article, editor)
    for decision, state in (("hold", "held"), ("take_up", "ready"), ("give_up", "cancelled")):
        staff.post(reverse("changes:decide", args=[change.pk]), {"decision": decision})
        assert change_of(article).state == state
    article.refresh_from_db()
    assert article.draft is not None


def test_publishing_at_once_needs_a_permission_and_is_recorded(
    ask: Ask, article: Article, editor: User, staff: Client
) -> None:
    ask()
    write(article, NEW)
    change = replayed(article, editor)
    at_once = {"decision": "at_once", "reason": "Prices are wrong."}
    staff.post(reverse("changes:decide", args=[change.pk]), at_once)
    assert change_of(article).state == State.READY
    editor.user_permissions.add(Permission.objects.get(codename="publish_at_once"))
    staff.post(reverse("changes:decide", args=[change.pk]), at_once)
    decided = change_of(article)
    assert (decided.state, decided.is_at_once) == (State.PUBLISHED, True)
    assert (decided.override_reason, decided.decided_by) == ("Prices are wrong.", editor)


def test_a_review_item_leads_to_the_draft_of_the_article_it_cites(
    ask: Ask, article: Article, staff: Client
) -> None:
    item = ReviewItem.objects.create(turn=ask(), reason=ReviewItem.Reason.LOW_RATED)
    response = staff.post(reverse("changes:fix"), {"item": item.pk})
    assert response["Location"] == reverse("admin:knowledge_article_change", args=[article.pk])
    change = change_of(article)
    article.refresh_from_db()
    assert (change.item, change.state) == (item, State.OPEN)
    assert article.draft is not None
    assert Consequence.objects.get(item=item).kind == Consequence.Kind.FIX
    # Publishing goes on there, even where nothing else would have to be replayed.
    address = press_publish(staff, article, NEW)
    assert address == reverse("changes:change", args=[change.pk])


def test_a_review_item_becomes_a_drafted_article_once(ask: Ask, staff: Client) -> None:
    turn = ask("Is there a student discount on the premium plan?")
    item = ReviewItem.objects.create(turn=turn, reason=ReviewItem.Reason.SAMPLED)
    asked = {"item": item.pk, "material": "Students pay half."}
    for _ in range(2):
        response = staff.post(reverse("changes:draft_article"), asked)
    drafted = Revision.objects.get(body__contains="Students pay half.")
    assert str(drafted.article_id) in response["Location"]
    assert drafted.article.published is None
    assert Consequence.objects.filter(kind=Consequence.Kind.NEW_ARTICLE).count() == 1


def test_pages_are_for_those_with_permission(ask: Ask, article: Article, client: Client) -> None:
    write(article, NEW)
    change = opening.of(article, User.objects.create_user("someone"))
    for name, arguments in (("list", []), ("change", [change.pk]), ("recalls", [])):
        address = reverse(f"changes:{name}", args=arguments)
        assert client.get(address).status_code == 302
    client.force_login(User.objects.create_user("customer"))
    assert client.get(reverse("changes:list")).status_code == 403
    assert client.post(reverse("changes:replay", args=[change.pk])).status_code == 403
