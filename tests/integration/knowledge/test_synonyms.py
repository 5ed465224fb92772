"""Staff keep synonyms in the admin, as far as they may."""

import pytest
from django.test import Client
from django.urls import reverse

from supportapp.knowledge.models import SynonymGroup, Workspace

LIST = reverse("admin:knowledge_synonymgroup_changelist")
ADD = reverse("admin:knowledge_synonymgroup_add")


def fields(workspace: Workspace, terms: str, **more: str) -> dict[str, str]:
    return {"workspace": str(workspace.pk), "terms": terms, "is_active": "on", **more}


def test_a_kept_group_raises_the_generation(editor: Client, workspace: Workspace):
    response = editor.post(ADD, fields(workspace, "sign in, log in, Sign In", is_one_way="on"))
    assert response.status_code == 302
    group = SynonymGroup.objects.get()
    assert (group.terms, group.is_one_way) == (["sign in", "log in"], True)
    assert str(group) == "sign in → log in"
    workspace.refresh_from_db()
    assert workspace.generation == 1


@pytest.mark.parametrize(
    "terms", ["", "refund", "refund, REFUND", ",".join(f"w{n}" for n in range(21)), "a," + "b" * 81]
)
def test_what_is_no_group_is_refused(editor: Client, workspace: Workspace, terms: str):
    response = editor.post(ADD, fields(workspace, terms))
    assert response.status_code == 200
    assert response.context["adminform"].errors["terms"]
    assert not SynonymGroup.objects.exists()


def test_the_list_finds_words_and_switches_groups(editor: Client, workspace: Workspace):
    editor.post(ADD, fields(workspace, "invoice, bill"))
    editor.post(ADD, fields(workspace, "seat, licence"))
    found = editor.get(LIST, {"q": "licen"})
    assert [str(each) for each in found.context["cl"].result_list] == ["seat = licence"]
    chosen = SynonymGroup.objects.get(terms__contains=["seat"])
    editor.post(LIST, {"action": "deactivate", "_selected_action": [chosen.pk]})
    chosen.refresh_from_db()
    assert not chosen.is_active
    editor.post(LIST, {"action": "activate", "_selected_action": [chosen.pk]})
    chosen.refresh_from_db()
    assert chosen.is_active


def test_deleting_raises_the_generation_too(editor: Client, workspace: Workspace):
    editor.post(ADD, fields(workspace, "invoice, bill"))
    group = SynonymGroup.objects.get()
    editor.post(reverse("admin:knowledge_synonymgroup_delete", args=[group.pk]), {"post": "yes"})
    assert not SynonymGroup.objects.exists()
    workspace.refresh_from_db()
    assert workspace.generation == 2


def test_the_form_can_be_filled_in_from_elsewhere(editor: Client, workspace: Workspace):
    response = editor.get(ADD, {"terms": "invoice, bill", "workspace": workspace.pk})
    assert b"invoice, bill" in response.content


def test_reviewers_look_and_customers_do_not(
    reviewer: Client, customer: Client, workspace: Workspace
):
    assert reviewer.get(LIST).status_code == 200
    assert reviewer.post(ADD, fields(workspace, "invoice, bill")).status_code == 403
    assert customer.get(LIST).status_code == 302
    assert Client().get(LIST).status_code == 302
