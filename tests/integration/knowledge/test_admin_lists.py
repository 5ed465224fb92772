"""What every list and every person's page in the admin has in common."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from supportapp.knowledge import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada"))
    return client


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_a_list_is_named_for_what_is_in_it(administrator: Client, model):
    meta = model._meta
    page = administrator.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
    html = page.content.decode()
    assert "to change" not in html
    assert "to view" not in html
    assert html.count("<h1>") == 1


def test_filters_stay_closed_until_one_is_used(administrator: Client):
    lists = reverse("admin:knowledge_article_changelist")
    assert '<details class="list-filters">' in administrator.get(lists).content.decode()
    used = administrator.get(f"{lists}?state__exact=published").content.decode()
    assert '<details class="list-filters" open>' in used
    assert 'aria-current="true">Published' in used


def test_a_person_gets_rights_from_groups(administrator: Client):
    staff.ensure_groups()
    person = User.objects.create_user("edith")
    editors = Group.objects.get(name="Editor")
    address = reverse("admin:auth_user_change", args=[person.pk])
    assert "selectfilter" not in administrator.get(address).content.decode()
    sent = {"username": "edith", "is_active": "on", "is_staff": "on", "groups": [editors.pk]}
    assert administrator.post(address, sent).status_code == 302
    person.refresh_from_db()
    assert person.is_staff
    assert person.has_perm("knowledge.publish_article")
