"""The rates service: once a business day, idempotent, dated, and it survives a bad source."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from supportapp.tools import rates, tasks
from supportapp.tools.models import Rate, RateSheet, RateSync
from supportapp.tools.network import Network
from supportapp.tools.shipped import get_mortgage_rates
from supportapp.tools.values import Caller, Finding, ToolUnavailable
from tests.fakes.http_server import HttpServer, reply

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
CALLER = Caller(1, frozenset({"public"}))
CHINESE = Caller(1, frozenset({"public"}), language="zh")


def written(as_of: str = "2026-11-16T08:00:00Z", percent: str = "3.50", **more: object) -> str:
    rate = {"bank": "Almenbank", "country": "DE", "fixed_years": 10, "percent": percent}
    return json.dumps({"as_of": as_of, "rates": [rate | more]})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "rates.json"
    file.write_text(written())
    return file


def found(caller: Caller = CALLER, **arguments: object) -> Finding:
    finding = get_mortgage_rates.function(caller=caller, **arguments)
    assert isinstance(finding, Finding)
    return finding


def test_a_sync_brings_a_dated_sheet(source: Path) -> None:
    attempt = rates.sync(str(source), MONDAY)
    assert attempt.state == RateSync.State.UPDATED
    assert Rate.objects.get().percent.as_tuple().digits == (3, 5, 0)
    assert found().as_of == datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def test_the_same_sheet_again_changes_nothing(source: Path) -> None:
    rates.sync(str(source), MONDAY)
    assert rates.sync(str(source), MONDAY).state == RateSync.State.UNCHANGED
    assert RateSheet.objects.count() == Rate.objects.count() == 1


def test_history_is_kept_and_the_newest_is_in_force(source: Path) -> None:
    rates.sync(str(source), MONDAY)
    source.write_text(written("2026-11-17T08:00:00Z", "3.60"))
    rates.sync(str(source), MONDAY + timedelta(days=1))
    source.write_text(written("2026-11-13T08:00:00Z", "3.10"))
    rates.sync(str(source), MONDAY + timedelta(days=1))
    assert RateSheet.objects.count() == 3
    assert "3.60%" in found(country="DE").text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no JSON", "unreadable"),
        (written(percent="99"), "percent"),
        (written(country="FR"), "country"),
        (written("2027-01-01T00:00:00Z"), "future"),
        ('{"as_of": "2026-11-16T08:00:00Z", "rates": []}', "rates"),
        (written("2026-11-16T08:00:00Z", "3.99"), "other rates under the same as_of"),
    ],
)
def test_a_bad_sheet_leaves_the_last_rates_in_force(source: Path, text: str, reason: str) -> None:
    rates.sync(str(source), MONDAY)
    source.write_text(text)
    attempt = rates.sync(str(source), MONDAY)
    assert attempt.state == RateSync.State.FAILED
    assert reason in attempt.error
    assert "3.50%" in found(country="DE").text


def test_a_source_that_is_away_leaves_the_last_rates_with_their_date(source: Path) -> None:
    rates.sync(str(source), MONDAY)
    source.unlink()
    assert rates.sync(str(source), MONDAY).error.startswith("file:")
    assert "16 November 2026, 09:00 CET" in found().text


def test_before_any_sheet_the_tool_is_not_available() -> None:
    with pytest.raises(ToolUnavailable):
        found()


def test_old_rates_say_that_they_are_old(source: Path) -> None:
    source.write_text(written("2026-01-05T08:00:00Z"))
    rates.sync(str(source), MONDAY)
    assert found().data["is_stale"]
    assert found().text.startswith("These rates are older")


def test_the_answer_is_given_in_chinese_too(source: Path) -> None:
    rates.sync(str(source), MONDAY)
    text = found(CHINESE, country="DE", fixed_years=10).text
    assert "2026年11月16日 09:00" in text
    assert "| Almenbank | 3.50% |" in text


def test_a_banks_name_stays_a_name(source: Path) -> None:
    source.write_text(written(bank="[Free](https://evil.test) | **bank**"))
    rates.sync(str(source), MONDAY)
    assert "\\[Free\\](https://evil.test) \\| \\*\\*bank\\*\\*" in found(country="DE").text


def test_an_address_is_read_over_the_network_within_its_rules() -> None:
    with HttpServer(lambda request: reply(written())) as server:
        near = Network(
            schemes=("http",),
            is_allowed=lambda address: True,
            resolve=lambda host, port: ["127.0.0.1"],
        )
        place = f"http://rates.tallybird.example:{server.port}/v1?key=secret"
        assert rates.sync(place, MONDAY, network=near).state == RateSync.State.UPDATED
        assert RateSheet.objects.get().source == "http://rates.tallybird.example/v1"
        # By the real rules, that server is inside.
        assert rates.sync(place, MONDAY).error == "scheme_not_allowed"
        private = "https://127.0.0.1/rates.json"
        assert rates.sync(private, MONDAY).error == "address_not_public"


def test_the_job_asks_once_a_business_day(source: Path) -> None:
    assert rates.sync_if_due(str(source), MONDAY) is not None
    assert rates.sync_if_due(str(source), MONDAY + timedelta(hours=12)) is None
    tuesday_morning = datetime(2026, 11, 17, 8, 6, tzinfo=UTC)
    assert rates.sync_if_due(str(source), tuesday_morning) is not None
    assert rates.sync_if_due("", tuesday_morning) is None


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2026, 11, 16, 8, 4, tzinfo=UTC), datetime(2026, 11, 13, 8, 5, tzinfo=UTC)),
        (datetime(2026, 11, 16, 8, 5, tzinfo=UTC), datetime(2026, 11, 16, 8, 5, tzinfo=UTC)),
        (datetime(2026, 11, 15, 12, 0, tzinfo=UTC), datetime(2026, 11, 13, 8, 5, tzinfo=UTC)),
        (datetime(2026, 7, 1, 7, 30, tzinfo=UTC), datetime(2026, 7, 1, 7, 5, tzinfo=UTC)),
    ],
    ids=["before nine", "at nine", "on a Sunday", "in summer"],
)
def test_rates_are_due_at_nine_on_business_days(now: datetime, last: datetime) -> None:
    assert rates.last_publication(now) == last


def test_a_failed_source_is_asked_again_after_a_while() -> None:
    just_now = MONDAY - timedelta(minutes=10)
    assert not rates.is_due(MONDAY, None, just_now)
    assert rates.is_due(MONDAY, None, MONDAY - timedelta(minutes=31))


def test_the_task_reads_the_source_of_the_settings(source: Path, settings: Settings) -> None:
    settings.RATES_SOURCE = str(source)
    assert tasks.sync_rates() == RateSync.State.UPDATED
    assert tasks.sync_rates() == ""


def test_the_command_says_how_it_went(
    source: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.RATES_SOURCE = str(source)
    call_command("sync_rates")
    assert "New rates" in capsys.readouterr().out
    source.write_text("")
    with pytest.raises(CommandError, match="last rates stay in force"):
        call_command("sync_rates")


def test_the_samples_can_be_read(settings: Settings) -> None:
    attempt = rates.sync(settings.RATES_SOURCE, datetime(2026, 11, 20, 10, 0, tzinfo=UTC))
    assert attempt.state == RateSync.State.UPDATED
    assert Rate.objects.count() == 36
