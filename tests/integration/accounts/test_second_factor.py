"""Staff show a second factor before anything that a customer can't see."""

import re
import time

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.fixtures import Settings

from supportapp.accounts import second_factor
from supportapp.accounts.middleware import SEEN
from supportapp.audit.models import AuditEvent
from tests.factories import PASSWORD, UserFactory, WorkspaceFactory

PAGE = "/account/second-factor/"
DESK = "/admin/password_change/"


@pytest.fixture(autouse=True)
def workspace(db: None) -> None:
    WorkspaceFactory.create()


@pytest.fixture
def reviewer() -> User:
    return UserFactory.create(reviewer=True)


@pytest.fixture
def required(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "required"


def signed_in(user: User) -> Client:
    client = Client()
    said = {"username": user.username, "password": PASSWORD, "next": DESK}
    assert client.post("/admin/login/", said).status_code == 302
    return client


def code_of(user: User, *, later: int = 0) -> str:
    """What the app shows; `later` steps ahead, since each code counts once."""
    device = TOTPDevice.objects.get(user=user)
    return f"{totp(device.bin_key, t0=-30 * later):06d}"


def set_up(client: Client, user: User) -> list[str]:
    client.get(PAGE)
    sent = client.post(PAGE, {"code": code_of(user), "next": DESK}, follow=True)
    return re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", sent.content.decode())


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("page", ["/review/", "/admin/", "/staff/xray/", "/", "/help/"])
def test_a_password_alone_leads_to_the_second_factor_only(reviewer: User, page: str) -> None:
    answer = signed_in(reviewer).get(page)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, PAGE)


@pytest.mark.usefixtures("required")
def test_a_partial_is_told_to_open_the_page(reviewer: User) -> None:
    answer = signed_in(reviewer).get(DESK, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, f"{PAGE}?next=%2F")


@pytest.mark.usefixtures("required")
def test_setting_it_up_shows_ten_codes_once_and_opens_the_page(reviewer: User) -> None:
    client = signed_in(reviewer)
    session = client.session.session_key
    codes = set_up(client, reviewer)
    assert len(codes) == len(set(codes)) == 10
    assert client.session.session_key != session
    assert client.get(DESK).status_code == 200
    assert client.get(f"{PAGE}codes/")["Location"] == PAGE
    assert b"10 recovery codes left" in client.get(PAGE).content


@pytest.mark.usefixtures("required")
def test_a_wrong_code_sets_nothing_up(reviewer: User) -> None:
    client = signed_in(reviewer)
    client.get(PAGE)
    answer = client.post(PAGE, {"code": "abcdef"})
    assert (answer.status_code, b"isn&#x27;t right" in answer.content) == (422, True)
    assert not second_factor.is_set_up(reviewer)


def test_who_set_it_up_is_asked_at_each_log_in_also_where_it_is_only_offered(
    reviewer: User,
) -> None:
    set_up(signed_in(reviewer), reviewer)
    client = signed_in(reviewer)
    assert client.get(DESK)["Location"].startswith(PAGE)
    answer = client.post(PAGE, {"code": code_of(reviewer, later=1), "next": DESK})
    assert (answer.status_code, answer["Location"]) == (302, DESK)
    assert client.get(DESK).status_code == 200


def test_a_code_counts_once(reviewer: User) -> None:
    set_up(signed_in(reviewer), reviewer)
    code = code_of(reviewer, later=1)
    assert signed_in(reviewer).post(PAGE, {"code": code}).status_code == 302
    assert signed_in(reviewer).post(PAGE, {"code": code}).status_code == 422


def test_a_recovery_code_does_as_well_once(reviewer: User) -> None:
    code, *_ = set_up(signed_in(reviewer), reviewer)
    assert signed_in(reviewer).post(PAGE, {"code": code.upper()}).status_code == 302
    assert not StaticToken.objects.filter(token=code.replace("-", "")).exists()
    assert signed_in(reviewer).post(PAGE, {"code": code}).status_code == 422


def test_after_wrong_codes_the_right_one_must_wait(reviewer: User) -> None:
    set_up(signed_in(reviewer), reviewer)
    client = signed_in(reviewer)
    for _ in range(3):
        client.post(PAGE, {"code": "000000"})
    answer = client.post(PAGE, {"code": code_of(reviewer, later=1)})
    assert answer.status_code == 422


def test_a_new_password_does_not_skip_the_second_factor(reviewer: User) -> None:
    set_up(signed_in(reviewer), reviewer)
    reviewer.set_password(PASSWORD)
    reviewer.save()
    assert signed_in(reviewer).get(DESK)["Location"].startswith(PAGE)


@pytest.mark.usefixtures("required")
def test_customers_are_never_asked() -> None:
    customer = UserFactory.create()
    client = Client()
    client.force_login(customer)
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_it_leads_to_this_site_only(reviewer: User, wanted: str) -> None:
    set_up(signed_in(reviewer), reviewer)
    client = signed_in(reviewer)
    answer = client.post(PAGE, {"code": code_of(reviewer, later=1), "next": wanted})
    assert answer["Location"] == "/admin/"


def test_a_reset_lets_it_be_set_up_anew_and_is_written_down(reviewer: User) -> None:
    set_up(signed_in(reviewer), reviewer)
    call_command("reset_second_factor", reviewer.username)
    assert not second_factor.is_set_up(reviewer)
    assert AuditEvent.objects.first().details == {"change": "removed"}  # type: ignore[union-attr]
    with pytest.raises(CommandError, match="no second factor"):
        call_command("reset_second_factor", reviewer.username)
    with pytest.raises(CommandError, match="no account called Nobody"):
        call_command("reset_second_factor", "Nobody")


def test_an_administrator_resets_it_from_the_list_of_people(reviewer: User) -> None:
    set_up(signed_in(reviewer), reviewer)
    client = Client()
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    sent = {"action": "reset_second_factor", "_selected_action": [str(reviewer.pk)]}
    answer = client.post("/admin/auth/user/", sent, follow=True)
    assert b"1 reset." in answer.content
    assert not second_factor.is_set_up(reviewer)


def test_keys_are_on_no_page_of_the_admin(admin_client: Client) -> None:
    assert admin_client.get("/admin/otp_totp/totpdevice/").status_code == 404
    assert admin_client.get("/admin/otp_static/staticdevice/").status_code == 404


def test_who_was_away_signs_in_again(reviewer: User, settings: Settings) -> None:
    settings.STAFF_IDLE_MINUTES = 30
    client = signed_in(reviewer)
    assert client.get(DESK).status_code == 200
    session = client.session
    session[SEEN] = time.time() - 29 * 60
    session.save()
    assert client.get(DESK).status_code == 200
    assert client.session[SEEN] > time.time() - 60
    session = client.session
    session[SEEN] = time.time() - 31 * 60
    session.save()
    assert client.get(DESK)["Location"] == f"/admin/login/?next={DESK}"
    assert client.get(DESK)["Location"] == f"/admin/login/?next={DESK}"
