"""A number that no row can have is somebody's slip or probe: never a fault of ours."""

import re
from collections.abc import Iterable

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.factories import ArticleFactory
from tests.integration.web.addresses import every

pytestmark = pytest.mark.django_db
# Longer than int() reads; more than bigint holds; more than integer holds; not digits for int().
NUMBERS = ("9" * 5000, "9" * 20, "4000000000", "-1", "\u00b2")
ODD = pytest.mark.parametrize("number", NUMBERS, ids=lambda text: ascii(text[:20]))
ASKED_IN_LISTS = ("_to_field", "id__in", "o", "p")


def faults(browser: Client, addresses: Iterable[str]) -> list[str]:
    """Return the addresses that we couldn't answer."""
    return [address for address in addresses if browser.get(address).status_code >= 500]


@ODD
def test_in_the_place_of_every_address(admin_browser: Client, number: str):
    slots = re.compile(r"\b(7|example)\b")
    addresses = {slots.sub(number, each.path) for each in every() if slots.search(each.path)}
    assert len(addresses) > 50
    assert faults(admin_browser, addresses) == []


@ODD
def test_in_every_parameter_of_a_page(admin_browser: Client, number: str):
    article = ArticleFactory(is_published=True, audience="public")
    revisions = reverse("admin:knowledge_revision", args=[article.pk, 1])
    addresses = [
        *(f"/help/?page={number}&q=a", f"/help/?workspace={number}", f"/help/?tag={number}"),
        *(f"/help/{article.slug}/?{name}={number}" for name in ("passage", "revision")),
        *(f"/history/?{name}={number}" for name in ("page", "deleted")),
        *(f"/person/?{name}={number}" for name in ("sent", "turn")),
        *(f"/review/?{name}={number}" for name in ("done", "reason")),
        *(f"/review/requests/?{name}={number}" for name in ("state", "page")),
        *(f"/staff/try/?article={number}", f"{revisions}?against={number}"),
    ]
    assert faults(admin_browser, addresses) == []


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_in_every_filter_of_a_list(admin_browser: Client, model):
    meta, shown = model._meta, admin.site._registry[model]
    filtered = [
        name if isinstance(name, str) else name.parameter_name for name in shown.list_filter
    ]
    looked_up = [
        *(f"{name}{how}" for name in filtered for how in ("", "__exact", "__id__exact")),
        *ASKED_IN_LISTS,
    ]
    page = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    odd = (f"{page}?{name}={number}" for name in looked_up for number in NUMBERS[:2])
    assert faults(admin_browser, odd) == []


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 20, "-1", "\u00b2"], ids=ascii)
@pytest.mark.parametrize("model", ["article", "importjob"])
def test_an_article_and_an_import_that_cannot_be_are_not_found(
    admin_browser: Client, model: str, number: str
):
    assert admin_browser.get(f"/admin/knowledge/{model}/{number}/change/").status_code == 404


@ODD
def test_in_every_field_of_a_form(admin_browser: Client, number: str):
    article = ArticleFactory()
    fields = ("workspace", "owner", "version", "article", "turn", "item", "sent", "conversation")
    sent = dict.fromkeys(fields, number) | {"action": "save", "title": "t", "body": "b"}
    faulty = [
        address
        for address in (
            reverse("admin:knowledge_article_change", args=[article.pk]),
            *("/admin/knowledge/article/add/", "/admin/knowledge/importjob/add/"),
            *("/staff/try/", "/person/", "/ask/", "/admin/knowledge/article/"),
        )
        if admin_browser.post(address, sent).status_code >= 500
    ]
    assert faulty == []
