"""Staff allow tools, watch the rates, and read the audit."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from supportapp.knowledge.models import Workspace
from supportapp.tools import toolbox
from supportapp.tools.models import RateSheet, RateSync, ToolCall, ToolSwitch
from supportapp.tools.values import Caller
from tests.factories import UserFactory
from tests.integration.tools.test_rates import written

SYNCS = reverse("admin:tools_ratesync_changelist")
NOW = reverse("admin:tools_ratesync_now")


@pytest.fixture
def administrator(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory.create(administrator=True, is_superuser=True))
    return client


@pytest.mark.parametrize(
    "name",
    ["toolswitch", "toolcall", "confirmation", "order", "ratesheet", "ratesync", "apidescription"],
)
def test_every_page_opens_empty(administrator: Client, name: str) -> None:
    assert administrator.get(reverse(f"admin:tools_{name}_changelist")).status_code == 200


def test_a_tool_that_is_not_allowed_is_not_offered(administrator: Client) -> None:
    administrator.get(reverse("admin:tools_toolswitch_changelist"))
    caller = Caller(Workspace.default().pk, frozenset({"public"}))
    assert toolbox.find(caller, "get_order_status") is not None
    switch = ToolSwitch.objects.get(tool="get_order_status")
    administrator.post(
        reverse("admin:tools_toolswitch_changelist"),
        {"action": "forbid", "_selected_action": [switch.pk]},
    )
    assert toolbox.find(caller, "get_order_status") is None
    assert toolbox.find(caller, "get_mortgage_rates") is not None


def test_every_shipped_tool_has_a_switch(administrator: Client) -> None:
    administrator.get(reverse("admin:tools_toolswitch_changelist"))
    assert set(ToolSwitch.objects.values_list("tool", flat=True)) == {
        "get_mortgage_rates",
        "get_order_status",
        "request_person",
        "search_articles",
    }


def test_sync_now_asks_the_source(
    administrator: Client, settings: Settings, tmp_path: Path
) -> None:
    source = tmp_path / "rates.json"
    source.write_text(written("2026-01-05T08:00:00Z"))
    settings.RATES_SOURCE = str(source)
    text = administrator.post(NOW, follow=True).content.decode()
    assert RateSheet.objects.count() == 1
    assert "older than they should be" in text
    source.unlink()
    text = administrator.post(NOW, follow=True).content.decode()
    assert "The last rates stay in force" in text
    sheet = RateSheet.objects.get()
    page = reverse("admin:tools_ratesheet_change", args=[sheet.pk])
    assert "Almenbank" in administrator.get(page).content.decode()


def test_sync_now_needs_its_permission(db: None, settings: Settings) -> None:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename="view_ratesync"))
    client = Client()
    client.force_login(user)
    assert "Sync now" not in client.get(SYNCS).content.decode()
    assert client.post(NOW).status_code == 403
    assert client.get(NOW).status_code == 405
    assert not RateSync.objects.exists()


def test_the_audit_can_be_read_and_not_be_written(administrator: Client) -> None:
    call = ToolCall.objects.create(workspace=Workspace.default(), tool="x", code="ok")
    page = reverse("admin:tools_toolcall_change", args=[call.pk])
    assert administrator.get(page).status_code == 200
    assert administrator.post(page, {"tool": "y"}).status_code == 403
    delete = reverse("admin:tools_toolcall_delete", args=[call.pk])
    assert administrator.post(delete, {"post": "yes"}).status_code == 403
