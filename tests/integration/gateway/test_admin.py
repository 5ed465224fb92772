"""Staff configure models; a key goes in and is seen by nobody again."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from supportapp.gateway import registry, sealing
from supportapp.gateway.models import CallCount, ModelCall, ModelConfig
from tests.fakes.model_server import ModelServer
from tests.integration.gateway.conftest import KEY

pytestmark = pytest.mark.django_db
LIST = "/admin/gateway/modelconfig/"


def form(**changes: object) -> dict[str, object]:
    given = {
        "name": "spare",
        "provider": "openai",
        "base_url": "https://models.example/v1",
        "wire_name": "small-4",
        "is_enabled": "on",
        "position": 20,
        "route": "large",
        "context_tokens": 0,
        "json_support": "schema",
        "has_streaming": "on",
    }
    return given | changes


def change(client: Client, row: ModelConfig, **changes: object) -> str:
    url = reverse("admin:gateway_modelconfig_change", args=[row.pk])
    given = form(name=row.name, base_url=row.base_url, wire_name=row.wire_name) | changes
    response = client.post(url, given, follow=True)
    row.refresh_from_db()
    return response.content.decode()


def test_a_model_is_added_with_its_key_encrypted(admin_client: Client) -> None:
    response = admin_client.post(f"{LIST}add/", form(api_key=KEY, purposes=["judge"]), follow=True)
    row = ModelConfig.objects.get()
    assert (sealing.unseal(row.sealed_key), row.purposes) == (KEY, ["judge"])
    assert KEY not in response.content.decode()
    assert not row.has_tools


def test_a_models_name_may_have_dots(admin_client: Client) -> None:
    page = admin_client.post(f"{LIST}add/", form(name="small-4.1", api_key=KEY), follow=True)
    assert page.status_code == 200
    assert f"{LIST}small-4.1/try/" in page.content.decode()


def test_a_key_is_on_no_page(admin_client: Client, spare_row: ModelConfig) -> None:
    for url in (LIST, reverse("admin:gateway_modelconfig_change", args=[spare_row.pk])):
        page = admin_client.get(url).content.decode()
        assert KEY not in page
        assert spare_row.sealed_key not in page
        assert "encrypted" in page


def test_an_empty_key_leaves_the_one_that_is_kept(
    admin_client: Client, spare_row: ModelConfig
) -> None:
    change(admin_client, spare_row, wire_name="other")
    assert (spare_row.wire_name, sealing.unseal(spare_row.sealed_key)) == ("other", KEY)
    change(admin_client, spare_row, forget_key="on")
    assert spare_row.sealed_key == ""


def test_a_key_does_not_follow_to_another_address(
    admin_client: Client, spare_row: ModelConfig
) -> None:
    before = spare_row.base_url
    page = change(admin_client, spare_row, base_url="https://elsewhere.example/v1")
    assert "write the key again" in page
    assert spare_row.base_url == before
    change(admin_client, spare_row, base_url="https://elsewhere.example/v1", api_key="sk-new")
    assert sealing.unseal(spare_row.sealed_key) == "sk-new"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "default"},
        {"name": "With Spaces"},
        {"base_url": "ftp://x/v1"},
        {"base_url": "https://user:secret@host/v1"},
        {"price_in": "1"},
        {"price_in": "-1", "price_out": "1"},
    ],
)
def test_what_cannot_be_a_model_is_refused(admin_client: Client, wrong: dict[str, object]) -> None:
    admin_client.post(f"{LIST}add/", form(**wrong))
    assert not ModelConfig.objects.exists()


def test_a_key_of_another_secret_key_is_asked_for_again(
    admin_client: Client, spare_row: ModelConfig, settings: Settings
) -> None:
    ModelConfig.objects.update(sealed_key="gAAAA-not-ours")
    assert "Key can’t be read" in admin_client.get(LIST).content.decode()
    assert registry.endpoints("answer") == ()


def test_keys_are_encrypted_anew_after_a_change_of_secret_key(
    spare_row: ModelConfig, settings: Settings
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    call_command("rotate_keys")
    settings.SECRET_KEY_FALLBACKS = []
    spare_row.refresh_from_db()
    assert sealing.unseal(spare_row.sealed_key) == KEY

    settings.SECRET_KEY = "a third" * 10
    with pytest.raises(CommandError, match="spare"):
        call_command("rotate_keys")


# Trying a model


def test_a_test_says_what_works_and_how_fast(
    admin_client: Client, spare: ModelServer, spare_row: ModelConfig
) -> None:
    spare.when("Call the tool").call("report", word="OK")
    page = admin_client.post(f"{LIST}spare/try/").content.decode()
    for word in ("Answers:", "Calls tools:", "Replies in JSON:", "first token after", "fp_fake"):
        assert word in page
    assert "no (" not in page
    assert ModelCall.objects.count() == 3
    assert sum(CallCount.objects.values_list("calls", flat=True)) == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("401", "model_rejected: status_401"),
        ("500", "model_unavailable: status_500"),
        ("html", "model_protocol_error"),
    ],
)
def test_a_test_of_a_model_that_fails_names_the_fault(
    admin_client: Client, spare: ModelServer, spare_row: ModelConfig, fault: str, said: str
) -> None:
    spare.fault(fault)
    page = admin_client.post(f"{LIST}spare/try/", headers={"HX-Request": "true"}).content.decode()
    assert said in page
    assert KEY not in page


def test_the_environments_model_can_be_tested(admin_client: Client, model: ModelServer) -> None:
    assert "From the environment" in admin_client.get(LIST).content.decode()
    assert "Answers:" in admin_client.post(f"{LIST}default/try/").content.decode()


def test_only_who_may_change_models_may_test_them(
    client: Client, spare: ModelServer, spare_row: ModelConfig
) -> None:
    viewer = User.objects.create_user("viewer", password="x" * 12, is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_modelconfig"))
    client.force_login(viewer)
    assert client.get(LIST).status_code == 200
    assert client.post(f"{LIST}spare/try/").status_code == 403
    assert client.get(f"{LIST}spare/try/").status_code == 405
    assert spare.requests == []


@pytest.mark.parametrize("page", ["modelcall", "callcount", "allowance"])
def test_the_other_lists_are_there(admin_client: Client, model: ModelServer, page: str) -> None:
    admin_client.post(f"{LIST}default/try/")
    assert admin_client.get(f"/admin/gateway/{page}/").status_code == 200
