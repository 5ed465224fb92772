"""Orders: imported again and again, and shown to nobody but their customer."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from supportapp.knowledge.models import Workspace
from supportapp.tools import orders
from supportapp.tools.models import Order
from supportapp.tools.shipped import get_order_status
from supportapp.tools.values import Caller, Finding

SAMPLE = Path(orders.__file__).parent / "samples" / "orders.csv"


@pytest.fixture
def workspace(db: None) -> Workspace:
    workspace = Workspace.default()
    orders.load(SAMPLE, workspace)
    return workspace


def asked(workspace: Workspace, username: str = "", language: str = "en", **given: str) -> Finding:
    caller = Caller(workspace.pk, frozenset({"public"}), language, username)
    finding = get_order_status.function(caller=caller, **given)
    assert isinstance(finding, Finding)
    return finding


def test_a_customer_sees_their_own_order(workspace: Workspace) -> None:
    finding = asked(workspace, "lena", order_number="TS-104251")
    assert "**TS-104251**" in finding.text
    assert "packed" in finding.text
    assert finding.as_of is not None


def test_without_a_number_a_customer_sees_only_their_own_orders(workspace: Workspace) -> None:
    numbers = {each["number"] for each in asked(workspace, "lena").data["orders"]}
    assert numbers == {"TS-104251", "TS-103998"}


def test_someone_elses_order_looks_like_one_that_does_not_exist(workspace: Workspace) -> None:
    theirs = asked(workspace, "omar", order_number="TS-104251").text
    nobodys = asked(workspace, "omar", order_number="TS-999999").text
    assert theirs.replace("TS-104251", "") == nobodys.replace("TS-999999", "")


def test_an_anonymous_visitor_is_told_to_sign_in_and_nothing_else(workspace: Workspace) -> None:
    finding = asked(workspace, order_number="TS-104251")
    assert "sign in" in finding.text
    assert finding.data == {"signed_in": False, "note": "The customer has to sign in first."}
    assert not finding.source


def test_orders_of_another_workspace_are_not_seen(workspace: Workspace) -> None:
    other = Workspace.objects.create(slug="other", name="Other")
    assert asked(other, "lena").data["orders"] == []


def test_it_is_said_in_chinese_too(workspace: Workspace) -> None:
    assert "已打包" in asked(workspace, "lena", "zh", order_number="TS-104251").text


def test_importing_again_changes_nothing(workspace: Workspace) -> None:
    report = orders.load(SAMPLE, workspace)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 6)


def row(**fields: str) -> dict[str, str]:
    usual = {
        "number": "TS-104251",
        "customer": "lena",
        "item": "Scan",
        "state": "shipped",
        "ordered_on": "2026-11-19",
        "updated_at": "2026-11-21T08:00:00Z",
    }
    return usual | fields


def load(tmp_path: Path, workspace: Workspace, *rows: dict[str, str]) -> orders.Report:
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(rows))
    return orders.load(file, workspace)


def test_news_replaces_what_is_older_and_old_news_does_not(
    tmp_path: Path, workspace: Workspace
) -> None:
    assert load(tmp_path, workspace, row()).changed == 1
    old = row(state="received", updated_at="2026-11-01T08:00:00Z")
    assert load(tmp_path, workspace, old).unchanged == 1
    assert Order.objects.get(number="TS-104251").state == "shipped"


def test_a_bad_row_is_refused_by_number_and_the_rest_goes_in(
    tmp_path: Path, workspace: Workspace
) -> None:
    report = load(tmp_path, workspace, row(number="104251"), row(state="lost"), row())
    assert [line for line, _ in report.refused] == [1, 2]
    assert report.changed == 1


def test_the_command_reports(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_orders", str(SAMPLE))
    assert "0 added, 0 changed, 6 unchanged, 0 refused" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["{", '{"a": 1}', '[{"number": "x"}]'])
def test_a_file_without_orders_is_refused(
    tmp_path: Path, workspace: Workspace, content: str
) -> None:
    file = tmp_path / "orders.json"
    file.write_text(content)
    with pytest.raises(CommandError):
        call_command("import_orders", str(file))


def test_what_the_shop_wrote_stays_plain_text(tmp_path: Path, workspace: Workspace) -> None:
    load(tmp_path, workspace, row(item="[Free](https://evil.test) <b>x</b>"))
    text = asked(workspace, "lena", order_number="TS-104251").text
    assert "\\[Free\\]" in text
    assert "<b>" not in text
