"""The pages of training and its command: who may do what, and what stands there."""

import json
from io import StringIO
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from supportapp.gateway.models import ModelConfig
from supportapp.knowledge.models import Workspace
from supportapp.training import consents, sets
from supportapp.training.models import Consent, FineTuning, SyntheticQuestion, TrainingSet
from supportapp.training.sets import Wanted
from tests.factories import UserFactory
from tests.integration.training.conftest import Mark

ALL = [
    ("training:decide", []),
    ("training:make_set", []),
    ("training:cancel_set", [1]),
    ("training:invent", []),
    ("training:cancel_batch", [1]),
    ("training:dismiss_question", [1]),
    ("training:start", []),
    ("training:cancel", [1]),
    ("training:compare", [1]),
    ("training:put_into_use", [1]),
]


def client_of(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def test_editors_look_and_administrators_do(workspace: Workspace, admin: User):
    editor = client_of(UserFactory(username="ed", editor=True))
    reviewer = client_of(UserFactory(username="rea", reviewer=True))
    assert editor.get(reverse("training:overview")).status_code == 200
    assert reviewer.get(reverse("training:overview")).status_code == 403
    assert {editor.post(reverse(name, args=args)).status_code for name, args in ALL} == {403}
    page = client_of(admin).get(reverse("training:overview")).content.decode()
    assert "No. Until somebody writes down" in page


def test_from_consent_to_a_download_that_ends_with_the_conversation(
    workspace: Workspace, mark: Mark, admin: User
):
    turn = mark("How do I cancel my plan?")
    client = client_of(admin)
    assert client.post(reverse("training:decide"), {"is_given": "yes"}).status_code == 400
    client.post(reverse("training:decide"), {"is_given": "yes", "basis": "Terms, section 4"})
    assert Consent.objects.get().decided_by == admin
    client.post(reverse("training:make_set"), {"kind": "answers", "licence": "Internal"})
    made = TrainingSet.objects.get()
    assert sets.make(made.pk, timezone.now())
    page = client.get(reverse("training:overview")).content.decode()
    assert "1 example" in page
    address = reverse("training:download", args=[made.pk, "train"])
    assert json.loads(client.get(address).content)["messages"]
    about = json.loads(client.get(reverse("training:manifest", args=[made.pk])).content)
    assert about["consent"] == {"is_given": True, "basis": "Terms, section 4"}
    turn.conversation.deleted_at = timezone.now()
    turn.conversation.save()
    assert client.get(address).status_code == 404
    assert "not to be used any more" in client.get(reverse("training:overview")).content.decode()


def test_a_fine_tuning_has_its_page(
    workspace: Workspace, mark: Mark, admin: User, model: ModelConfig
):
    consents.decide(workspace, admin, is_given=True, basis="Terms")
    made = sets.start(workspace, Wanted("answers", "Internal"), admin)
    mark("How do I cancel my plan?")
    sets.make(made.pk, timezone.now())
    made.files.update(rows=50)
    client = client_of(admin)
    page = client.get(reverse("training:overview")).content.decode()
    assert "Train it" in page
    given = {
        "mark": "11111111-1111-4111-8111-111111111111",
        "training_set": made.pk,
        "endpoint": "main",
        "base_model": "base-1",
        "price": "8",
    }
    for _ in range(2):
        sent = client.post(reverse("training:start"), given)
    job = FineTuning.objects.get()
    assert sent["Location"] == reverse("training:fine_tuning", args=[job.pk])
    assert "Waiting for the worker" in client.get(sent["Location"]).content.decode()
    refused = client.post(reverse("training:start"), given | {"endpoint": "nobody"})
    assert refused.status_code == 400
    client.post(reverse("training:cancel", args=[job.pk]))
    assert "Being cancelled" in client.get(sent["Location"]).content.decode()
    assert client.post(reverse("training:put_into_use", args=[job.pk])).status_code == 302


def test_the_command_writes_files_and_a_manifest(workspace: Workspace, mark: Mark, tmp_path: Path):
    for question in ("How do I cancel my plan?", "Where is Billing?"):
        mark(question)
    call_command("training", "consent", "yes", "--basis", "Terms", stdout=StringIO())
    said = StringIO()
    call_command(
        "training", "export", "answers", "--licence", "Internal", "--validation", "0.5",
        "--out", str(tmp_path), stdout=said,
    )  # fmt: skip
    names = sorted(path.name.rpartition("-")[2] for path in tmp_path.iterdir())
    assert names == ["manifest.json", "train.jsonl", "validation.jsonl"]
    assert json.loads(said.getvalue())["licence"] == "Internal"
    status = StringIO()
    call_command("training", "status", stdout=status)
    assert "customers' words: Terms" in status.getvalue()
    assert not SyntheticQuestion.objects.exists()
