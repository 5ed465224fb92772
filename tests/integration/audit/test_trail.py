"""What is written down, and that nothing changes it afterwards."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.test import Client

from supportapp.audit import trail
from supportapp.audit.models import AuditEvent
from supportapp.knowledge import staff
from tests.factories import PASSWORD, UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
Action = AuditEvent.Action


def noted(action: str) -> list[tuple[str, dict[str, object]]]:
    events = AuditEvent.objects.filter(action=action).order_by("pk")
    return [(event.subject, event.details) for event in events]


def test_a_row_can_neither_be_changed_nor_deleted() -> None:
    event = trail.note(Action.PURGED, turns=3)
    for change in (
        lambda: AuditEvent.objects.update(subject="else"),
        lambda: AuditEvent.objects.all().delete(),
        event.save,
    ):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            change()
    assert noted("purged") == [("", {"turns": 3})]


def test_nobody_adds_changes_or_deletes_in_the_admin(admin_client: Client) -> None:
    event = trail.note(Action.PURGED, turns=3)
    assert admin_client.get("/admin/audit/auditevent/").status_code == 200
    assert admin_client.get("/admin/audit/auditevent/add/").status_code == 403
    page = f"/admin/audit/auditevent/{event.pk}"
    assert admin_client.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.post(f"{page}/change/", {"subject": "else"}).status_code == 403


def test_who_tried_to_sign_in_is_named_only_if_the_account_exists() -> None:
    user = UserFactory.create(reviewer=True)
    WorkspaceFactory.create()
    client = Client()
    for name in (user.username, "my-secret-password"):
        client.post("/admin/login/", {"username": name, "password": "wrong"})
    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    assert noted("sign_in_failed") == [
        (f"user {user.pk}", {}),
        ("an account that doesn't exist", {}),
    ]
    assert noted("signed_in") == [(f"user {user.pk}", {})]


def test_changes_of_rights_are_written_down_and_nothing_else_is() -> None:
    staff.ensure_groups()
    group = Group.objects.get(name="Reviewer")
    before = AuditEvent.objects.count()
    user = User.objects.create_user("somebody")
    user.first_name = "Some"
    user.save()
    assert AuditEvent.objects.count() == before
    user.is_staff = True
    user.save()
    user.groups.add(group)
    user.groups.add(group)
    user.groups.clear()
    assert noted("role_changed")[-3:] == [
        (f"user {user.pk}", {"is_staff": True}),
        (f"user {user.pk}", {"change": "add", "groups": [group.pk]}),
        (f"user {user.pk}", {"change": "clear", "groups": []}),
    ]
