"""Questions become gaps, gaps become drafts, and answered gaps close by themselves."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from supportapp.gaps import decisions, scanning
from supportapp.gaps.models import AskedQuestion, Gap, Scan, Topic
from supportapp.knowledge.models import Article, Workspace
from supportapp.review.models import Annotation, Feedback, ReviewItem
from tests.integration.gaps.conftest import Ask, client_of
from tests.integration.retrieval.conftest import publish_article

STUDENTS = (
    "Do you have a student discount?",
    "Is there a discount for students?",
    "student discount available?",
)
INVOICE = ("Can I get an invoice for my company?", "I need an invoice with our VAT number")


def read(workspace: Workspace) -> list[Gap]:
    """Let the worker read, and return the gaps that wait, the worst first."""
    scanning.read(workspace, timezone.now())
    gaps = Gap.objects.filter(workspace=workspace, merged_into=None, questions__gt=0)
    return list(gaps.filter(state=Gap.State.OPEN).order_by("-score"))


def test_questions_that_ask_the_same_are_one_gap_under_an_id_that_stays(
    workspace: Workspace, ask: Ask
):
    for question in (*STUDENTS, *INVOICE):
        ask(question)
    first = read(workspace)
    assert [(gap.questions, gap.customers) for gap in first] == [(3, 3), (2, 2)]
    assert first[0].name == STUDENTS[0] or "discount" in first[0].name.lower()
    assert "discount" in first[0].words
    ask("any student discounts", days=0)
    ask("What is the weather on the moon?")
    again = read(workspace)
    assert [gap.pk for gap in again[:2]] == [gap.pk for gap in first]
    assert [gap.questions for gap in again] == [4, 2, 1]
    assert read(workspace) == again


def test_only_bad_answers_are_gaps_but_all_questions_have_topics(workspace: Workspace, ask: Ask):
    ask("How do I cancel my plan?", outcome="answered", answer="Open Billing. [1]")
    rated = ask("How can I cancel my plan today?", outcome="answered", answer="No idea. [1]")
    ask("hello", outcome="smalltalk")
    ask("ignored", state="failed")
    assert read(workspace) == []
    assert AskedQuestion.objects.count() == 2
    assert Topic.objects.get().questions == 2
    Feedback.objects.create(turn=rated, visitor=rated.conversation.visitor, value="down")
    gaps = read(workspace)
    assert [gap.reasons for gap in gaps] == [{"low_rated": 1}]
    Feedback.objects.all().delete()
    assert read(workspace) == []


def test_a_reviewer_has_the_last_word(workspace: Workspace, ask: Ask, reviewer: User):
    turn = ask(STUDENTS[0])
    assert len(read(workspace)) == 1
    item = ReviewItem.objects.create(turn=turn, reason="sampled", state="done")
    Annotation.objects.create(item=item, reviewer=reviewer, verdict="good")
    assert read(workspace) == []


def test_a_deleted_conversation_is_used_for_nothing(workspace: Workspace, ask: Ask):
    kept, deleted = ask(STUDENTS[0]), ask(STUDENTS[1])
    assert read(workspace)[0].questions == 2
    deleted.conversation.deleted_at = timezone.now()
    deleted.conversation.save()
    gap = read(workspace)[0]
    assert gap.questions == 1
    assert AskedQuestion.objects.get().turn_id == kept.pk
    ask(INVOICE[0]).conversation.delete()
    assert len(read(workspace)) == 1


def test_two_groups_that_grow_together_keep_the_larger_ones_id_and_lead_there(
    workspace: Workspace, ask: Ask, editor: User
):
    for question in STUDENTS:
        ask(question)
    kept = read(workspace)[0]
    row = AskedQuestion.objects.first()
    assert row is not None
    away = Gap.objects.create(
        workspace=workspace,
        model=kept.model,
        mean=row.vector,
        name="Twin",
        questions=1,
        first_asked_at=row.asked_at,
        last_asked_at=row.asked_at,
    )
    ask("discount for a student")
    assert [gap.pk for gap in read(workspace)] == [kept.pk]
    away.refresh_from_db()
    assert away.merged_into_id == kept.pk
    page = client_of(editor).get(reverse("gaps:gap", args=[away.pk]))
    assert page["Location"] == reverse("gaps:gap", args=[kept.pk])


def test_an_article_that_answers_closes_the_gap_and_a_bad_answer_opens_it(
    workspace: Workspace, ask: Ask
):
    for question in STUDENTS:
        ask(question)
    assert read(workspace)[0].solved_by is None
    publish_article(
        workspace, "cats", "Feed a cat", "Put the food into the bowl and wait for the cat."
    )
    assert len(read(workspace)) == 1
    article = publish_article(
        workspace,
        "student-discount",
        "Student discount",
        "Students get a discount of 20%. There is a student discount on every plan: "
        "show your student card.",
        aliases=("discount for students", "do you have a student discount"),
    )
    assert read(workspace) == []
    gap = Gap.objects.get(state=Gap.State.SOLVED)
    assert gap.solved_by == article
    ask("is there still a student discount?")
    assert [each.pk for each in read(workspace)] == [gap.pk]


def test_what_is_dismissed_stays_so_and_what_is_put_off_comes_back(
    workspace: Workspace, ask: Ask, editor: User
):
    for question in (*STUDENTS, *INVOICE):
        ask(question)
    first, second = read(workspace)
    decisions.dismiss(first, editor, "We have none")
    decisions.snooze(second, editor, timezone.localdate() + timedelta(days=7))
    ask("student discount?")
    assert read(workspace) == []
    first.refresh_from_db()
    assert (first.state, first.questions) == (Gap.State.DISMISSED, 4)
    scanning.read(workspace, timezone.now() + timedelta(days=8))
    second.refresh_from_db()
    assert second.state == Gap.State.OPEN


def test_one_click_drafts_an_article_once(workspace: Workspace, ask: Ask, editor: User):
    for question in STUDENTS:
        ask(question)
    gap = read(workspace)[0]
    client = client_of(editor)
    first = client.post(reverse("gaps:draft", args=[gap.pk]))
    second = client.post(reverse("gaps:draft", args=[gap.pk]))
    article = Article.objects.get()
    assert first["Location"] == second["Location"]
    assert first["Location"] == reverse("admin:knowledge_article_change", args=[article.pk])
    assert article.published is None
    assert article.draft is not None
    assert article.draft.author == editor
    assert client.get(first["Location"]).status_code == 200
    page = client.get(reverse("gaps:list"))
    assert "Open the draft" in page.content.decode()


def test_names_and_pages_show_nobodys_data_to_those_who_may_not_read_it(
    workspace: Workspace, ask: Ask, editor: User, customer: User
):
    ask("my mail ada@example.com gets no student discount")
    ask("ben@example.org: where is the student discount?")
    gap = read(workspace)[0]
    assert "@" not in gap.name
    address = reverse("gaps:gap", args=[gap.pk])
    assert "ada@example.com" in client_of(editor).get(address).content.decode()
    stranger = User.objects.create_user("may-see-gaps", is_staff=True)
    permission = "gaps.view_gap"

    stranger.user_permissions.add(
        Permission.objects.get(
            codename=permission.partition(".")[2], content_type__app_label="gaps"
        )
    )
    page = client_of(stranger).get(address)
    assert page.status_code == 200
    assert "ada@example.com" not in page.content.decode()
    assert "[EMAIL_1]" in page.content.decode()
    assert client_of(stranger).post(reverse("gaps:dismiss", args=[gap.pk])).status_code == 403
    assert client_of(customer).get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_a_worker_that_is_at_it_is_left_alone_until_it_is_silent(workspace: Workspace, ask: Ask):
    ask(STUDENTS[0])
    now = timezone.now()
    Scan.objects.create(workspace=workspace, kind=Scan.Kind.QUESTIONS, busy_since=now)
    assert scanning.read(workspace, now) == 0
    assert scanning.read(workspace, now + timedelta(minutes=11)) == 1


def test_other_workspaces_questions_stay_with_them(workspace: Workspace, ask: Ask):
    other = Workspace.objects.create(slug="other", name="Other")
    ask(STUDENTS[0])
    ask(STUDENTS[1], workspace=other)
    scanning.read_all(timezone.now())
    assert sorted(Gap.objects.values_list("workspace_id", "questions")) == sorted(
        [(workspace.pk, 1), (other.pk, 1)]
    )


@pytest.mark.parametrize("state", ["open", "snoozed", "dismissed", "solved", "nonsense"])
def test_every_list_has_something_to_say(workspace: Workspace, editor: User, state: str):
    page = client_of(editor).get(reverse("gaps:list"), {"state": state})
    assert page.status_code == 200
