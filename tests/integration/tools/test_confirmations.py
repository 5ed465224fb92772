"""A change is asked about once, belongs to who was asked, and has its effect once."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from supportapp.knowledge.models import Workspace
from supportapp.outbox.models import OutboxEvent
from supportapp.tools import confirmations, tasks
from supportapp.tools.models import Confirmation, Order, ToolCall, ToolSwitch
from supportapp.tools.values import Caller, Proposal, ToolRefused, ToolUnavailable
from tests.integration.tools.conftest import VISITOR, Desk, make_turn

State = Confirmation.State
STRANGER = uuid.UUID("44444444-4444-4444-8444-444444444444")


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.default()


def ask(workspace: Workspace, tool: str = "cancel_order", username: str = "") -> uuid.UUID:
    arguments = {"number": "TS-000001"} if tool == "cancel_order" else {}
    Order.objects.get_or_create(
        workspace=workspace,
        number="TS-000001",
        defaults={
            "customer": "lena",
            "item": "Scan",
            "state": "received",
            "ordered_on": timezone.localdate(),
            "updated_at": timezone.now(),
        },
    )
    turn = make_turn(workspace)
    caller = Caller(workspace.pk, frozenset({"public"}), username=username, turn_id=turn.pk)
    return confirmations.propose(turn.pk, VISITOR, caller, Proposal(tool, arguments, "Sure?")).pk


def yes(confirmation: uuid.UUID, visitor: uuid.UUID = VISITOR, username: str = "") -> str:
    now = timezone.now()
    confirmations.confirm(confirmation, visitor, username, now)
    return confirmations.carry_out(confirmation, now)


def state(confirmation: uuid.UUID) -> str:
    return Confirmation.objects.get(pk=confirmation).state


def test_nothing_happens_before_the_yes(workspace: Workspace, desk: Desk) -> None:
    asked = ask(workspace)
    assert confirmations.carry_out(asked, timezone.now()) == State.ASKED
    assert not desk.keys


def test_a_yes_is_carried_out_and_says_what_came_of_it(workspace: Workspace, desk: Desk) -> None:
    asked = ask(workspace)
    assert yes(asked) == State.DONE
    assert Confirmation.objects.get().outcome == "Order TS-000001 is cancelled."
    assert Order.objects.get().state == "cancelled"
    assert desk.keys == [asked]


@pytest.mark.parametrize("tool", ["cancel_order", "notify_shop"])
def test_a_double_click_counts_once(workspace: Workspace, desk: Desk, tool: str) -> None:
    asked = ask(workspace, tool)
    assert yes(asked) == yes(asked) == State.DONE
    assert desk.keys == [asked]
    assert OutboxEvent.objects.filter(task=confirmations.CARRY_OUT).count() == 1


def test_a_no_stays_a_no(workspace: Workspace, desk: Desk) -> None:
    asked = ask(workspace)
    assert confirmations.decline(asked, VISITOR, timezone.now())
    assert yes(asked) == State.DECLINED
    assert not desk.keys


def test_a_yes_comes_too_late_after_half_an_hour(workspace: Workspace, desk: Desk) -> None:
    asked = ask(workspace)
    Confirmation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert yes(asked) == State.EXPIRED
    assert not desk.keys


def test_nobody_else_can_say_yes_or_no(workspace: Workspace, desk: Desk) -> None:
    asked = ask(workspace, username="lena")
    assert yes(asked, STRANGER, "lena") == State.ASKED
    assert yes(asked, VISITOR, "") == State.ASKED
    assert yes(asked, VISITOR, "omar") == State.ASKED
    assert not confirmations.decline(asked, STRANGER, timezone.now())
    assert not desk.keys


def test_after_a_crash_the_worker_carries_it_out(workspace: Workspace, desk: Desk) -> None:
    asked = ask(workspace)
    confirmations.confirm(asked, VISITOR, "", timezone.now())
    event = OutboxEvent.objects.get(task=confirmations.CARRY_OUT)
    tasks.carry_out(str(asked), str(event.pk))
    assert state(asked) == State.DONE
    event.refresh_from_db()
    assert event.state == OutboxEvent.State.DONE


def test_two_at_once_do_not_both_do_it(workspace: Workspace, desk: Desk) -> None:
    asked = ask(workspace)
    now = timezone.now()
    confirmations.confirm(asked, VISITOR, "", now)
    Confirmation.objects.update(claimed_until=now + timedelta(seconds=30))
    assert confirmations.carry_out(asked, now) == State.CONFIRMED
    assert not desk.keys
    later = now + timedelta(seconds=31)
    assert confirmations.carry_out(asked, later) == State.DONE


def test_a_retry_elsewhere_carries_the_same_key(workspace: Workspace, desk: Desk) -> None:
    desk.faults = [ToolUnavailable("away")]
    asked = ask(workspace, "notify_shop")
    assert yes(asked) == State.CONFIRMED
    assert confirmations.carry_out(asked, timezone.now()) == State.DONE
    assert desk.keys == [asked, asked]


def test_an_effect_of_ours_that_fails_is_taken_back(workspace: Workspace, desk: Desk) -> None:
    desk.faults = [ToolRefused("too_late")]
    assert yes(ask(workspace)) == State.FAILED
    assert Order.objects.get().state == "received"


def test_it_is_given_up_after_enough_attempts(workspace: Workspace, desk: Desk) -> None:
    desk.faults = [ToolUnavailable("away")] * 20
    asked = ask(workspace, "notify_shop")
    states = [yes(asked) for _ in range(confirmations.MOST_ATTEMPTS)]
    assert states[-2:] == [State.CONFIRMED, State.FAILED]


def test_a_tool_switched_off_meanwhile_is_not_run(workspace: Workspace, desk: Desk) -> None:
    asked = ask(workspace)
    ToolSwitch.objects.create(workspace=workspace, tool="cancel_order", is_on=False)
    assert yes(asked) == State.FAILED
    assert not desk.keys


def test_a_yes_to_what_the_tool_does_not_take_any_more_ends(
    workspace: Workspace, desk: Desk
) -> None:
    asked = ask(workspace)
    Confirmation.objects.update(arguments={"no": "TS-000001"})
    assert yes(asked) == State.FAILED
    assert not desk.keys
    assert ToolCall.objects.get().code == "refused"


def test_each_attempt_is_in_the_audit(workspace: Workspace, desk: Desk) -> None:
    yes(ask(workspace))
    call = ToolCall.objects.get()
    assert (call.tool, call.code, call.arguments) == ("cancel_order", "ok", {"number": "TS-000001"})
    assert call.confirmation is not None
