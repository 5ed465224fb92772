"""Staff's pages of prompts and rollouts: who may do what, and what they show."""

import re

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from supportapp.answering import prompting, rollouts, setups, versions
from supportapp.answering.choices import Retrieval
from supportapp.answering.models import (
    Judgement,
    Label,
    PromptScore,
    PromptVersion,
    Rollout,
    ShadowAnswer,
)
from supportapp.answering.rollouts import Plan
from supportapp.answering.versions import Written
from supportapp.conversations.models import Conversation, Turn
from supportapp.knowledge.models import Workspace
from tests.factories import UserFactory, WorkspaceFactory
from tests.fakes.model_server import ModelServer
from tests.integration.conversations.test_turns import answer, open_turn

SOURCE = prompting.shipped("answer").source
WARM = SOURCE.replace("friendly", "warm")


def client_of(**traits: bool) -> Client:
    client = Client()
    client.force_login(UserFactory(**traits))
    return client


@pytest.fixture
def staff(db: None) -> Client:
    return client_of(administrator=True)


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.default()


@pytest.fixture
def warm(workspace: Workspace) -> PromptVersion:
    return versions.save(workspace, "answer", Written(WARM), author=None, why="Warmer")


def page_of(workspace: Workspace, what: str = "prompts") -> str:
    return reverse(f"admin:answering_{what}", args=[workspace.pk, "answer"])


def text_of(response: HttpResponse) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def write(client: Client, workspace: Workspace, what: str, **fields: str) -> HttpResponse:
    data = {"body": WARM, "style": "tags", "model_styles": "", "why": "Warmer", "what": what}
    return client.post(page_of(workspace, "prompt_write"), data | fields, follow=True)  # type: ignore[return-value]


def test_a_version_is_written_labelled_and_rolled_back(staff: Client, workspace: Workspace) -> None:
    assert "version 2 is stored" in text_of(write(staff, workspace, "save"))
    version = PromptVersion.objects.get(workspace=workspace, purpose="answer", number=2)
    assert (version.why, version.author is not None) == ("Warmer", True)
    label = reverse("admin:answering_prompt_label", args=[version.pk])
    shown = text_of(staff.post(label, {"label": "production"}, follow=True))
    assert "is labelled “production”" in shown
    assert setups.standing(workspace.pk).choice.prompt("answer").source == WARM
    assert "Roll back to what was shipped" in text_of(staff.get(page_of(workspace)))
    back = text_of(staff.post(page_of(workspace, "prompt_back"), follow=True))
    assert "Answering, as shipped, counts again" in back
    assert setups.standing(workspace.pk).choice.prompt("answer").source == SOURCE


def test_a_label_that_is_none_or_a_reason_that_cannot_be_kept_is_refused(
    staff: Client, workspace: Workspace
) -> None:
    write(staff, workspace, "save")
    version = PromptVersion.objects.get(workspace=workspace, purpose="answer", number=2)
    label = reverse("admin:answering_prompt_label", args=[version.pk])
    for given in ({"label": "best"}, {"label": "production", "why": "Wa\0rmer"}):
        assert staff.post(label, given).status_code == 400
    assert not version.labels.exists()


def test_a_fault_is_named_and_nothing_is_stored(staff: Client, workspace: Workspace) -> None:
    shown = text_of(write(staff, workspace, "save", body=WARM + "{{ questoin }}"))
    assert "The variable “questoin” isn’t known here; did you mean “question”?" in shown
    styled = text_of(write(staff, workspace, "save", model_styles="gpt: latin"))
    assert "“gpt: latin” isn’t like" in styled
    assert not PromptVersion.objects.filter(number=2).exists()


def test_versions_are_compared_word_by_word_with_their_scores(
    staff: Client, warm: PromptVersion
) -> None:
    PromptScore.objects.create(
        prompt=warm, dataset="golden", metric="support", value=0.91, low=0.88, high=0.94, run="7"
    )
    shown = text_of(staff.get(reverse("admin:answering_promptversion_change", args=[warm.pk])))
    assert "1 word added, 1 removed" in shown
    assert re.search(r"<del>.{0,80}friendly", shown)
    assert "0.910" in shown
    history = text_of(staff.get(page_of(warm.workspace)))
    assert "golden, support" in history
    assert "0.880–0.940" in history


def test_a_past_question_fills_the_prompt_and_tries_it(
    staff: Client, talk: Conversation, model: ModelServer
) -> None:
    turn = answer(open_turn(talk, "Can I get a refund? My mail is ada@example.com"))
    asked = {"turn": str(turn.pk)}
    shown = text_of(write(staff, talk.workspace, "preview", **asked))
    assert "Yearly plans are refunded" in shown
    assert "in a warm and plain tone" in shown
    assert "&lt;question_" in shown
    preview = shown[shown.index("What a model would be sent") :]
    assert "ada@example.com" not in preview.split("<pre", 1)[1]
    model.say("Yes, within 30 days [1].")
    shown = text_of(write(staff, talk.workspace, "try", **asked))
    assert "Yes, within 30 days" in shown[shown.index("What came of it") :]
    assert not PromptVersion.objects.filter(number=2).exists()
    assert Turn.objects.count() == 1


def test_without_a_model_trying_says_so(staff: Client, talk: Conversation) -> None:
    answer(open_turn(talk))
    assert "No model is configured" in text_of(write(staff, talk.workspace, "try"))


def test_questions_of_another_workspace_are_not_offered(staff: Client, talk: Conversation) -> None:
    answer(open_turn(talk))
    other = WorkspaceFactory(slug="other", name="Other")
    assert "Past questions to fill it in with" in text_of(staff.get(page_of(other, "prompt_write")))
    assert "no past question" in text_of(write(staff, other, "preview"))


def test_reviewers_look_editors_write_and_administrators_decide(warm: PromptVersion) -> None:
    reviewer, editor = client_of(reviewer=True), client_of(editor=True)
    label = reverse("admin:answering_prompt_label", args=[warm.pk])
    new = reverse("admin:answering_rollout_add")
    for client in (reviewer, editor):
        assert client.get(page_of(warm.workspace)).status_code == 200
        assert client.post(label, {"label": "production"}).status_code == 403
        assert client.post(page_of(warm.workspace, "prompt_back")).status_code == 403
        assert client.get(new).status_code == 403
    assert reviewer.get(page_of(warm.workspace, "prompt_write")).status_code == 403
    assert editor.get(page_of(warm.workspace, "prompt_write")).status_code == 200
    assert not warm.labels.exists()


def test_customers_are_sent_away(warm: PromptVersion) -> None:
    client = client_of()
    assert client.get(page_of(warm.workspace)).status_code == 302


def test_a_rollout_is_started_watched_and_ended(staff: Client, warm: PromptVersion) -> None:
    plan = {"mode": "canary", "share": "20", "prompt": warm.pk, "down": "15", "least_turns": "20"}
    started = text_of(
        staff.post(reverse("admin:answering_rollout_add"), plan, follow=True)  # type: ignore[arg-type]
    )
    assert "No answers" not in started
    assert "more than 15% rated down" in started
    rollout = Rollout.objects.get()
    assert (rollout.share, rollout.most_down, rollout.most_errors) == (0.2, 0.15, None)
    again = text_of(staff.post(reverse("admin:answering_rollout_add"), plan, follow=True))  # type: ignore[arg-type]
    assert "One of these runs already" in again
    share = reverse("admin:answering_rollout_share", args=[rollout.pk])
    assert "The share holds" in text_of(staff.post(share, {"share": "50"}, follow=True))
    stop = reverse("admin:answering_rollout_stop", args=[rollout.pk])
    assert "What counted before counts alone" in text_of(staff.post(stop, follow=True))
    assert "It had ended already" in text_of(staff.post(stop, follow=True))
    assert not warm.labels.filter(ended_at=None).exists()


def test_a_rollout_of_two_things_is_refused(staff: Client, warm: PromptVersion) -> None:
    plan = {"mode": "canary", "share": "20", "prompt": warm.pk, "evidence": "3", "least_turns": "9"}
    shown = text_of(staff.post(reverse("admin:answering_rollout_add"), plan))  # type: ignore[arg-type]
    assert "exactly one" in shown
    assert not Rollout.objects.exists()


def test_a_pair_is_judged_blind(staff: Client, talk: Conversation) -> None:
    plan = Plan(mode="shadow", share=1.0, retrieval=Retrieval(evidence=2))
    rollout = rollouts.start(talk.workspace, plan, by=None)
    turn = answer(open_turn(talk))
    ShadowAnswer.objects.create(
        rollout=rollout, turn=turn, outcome="answered", text="**Other** words. [1]"
    )
    page = reverse("admin:answering_rollout_judge", args=[rollout.pk])
    shown = text_of(staff.get(page))
    assert "<strong>Other</strong> words" in shown
    assert "candidate" not in shown[shown.index("The question") :].lower()
    data = {"shadow": ShadowAnswer.objects.get().pk, "better": "tie"}
    assert "There is nothing to judge" in text_of(staff.post(page, data, follow=True))
    assert Judgement.objects.get().verdict == "tie"
    compared = text_of(staff.get(reverse("admin:answering_rollout_change", args=[rollout.pk])))
    assert "People, blind" in compared


def test_an_upgrades_default_is_announced_beside_ones_own(
    staff: Client, warm: PromptVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.label(warm, Label.PRODUCTION, by=User.objects.first())
    newer = prompting.Prompt(
        prompting.PromptIdentity("answer", "v9", prompting.digest(SOURCE + "\n")), SOURCE + "\n"
    )
    usual = prompting.shipped
    monkeypatch.setattr(
        prompting, "shipped", lambda name: newer if name == "answer" else usual(name)
    )
    shown = text_of(staff.get(reverse("admin:answering_promptversion_changelist")))
    assert "The product came with a newer one" in shown
    assert setups.standing(warm.workspace_id).choice.prompt("answer").source == WARM
