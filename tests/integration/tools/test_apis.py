"""Declared APIs: kept in step with their description, called within the rules, keys unseen."""

import asyncio
import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from supportapp.knowledge.models import Workspace
from supportapp.tools import apis, calling, confirmations, keys, toolbox
from supportapp.tools.models import ApiDescription, ApiOperation, ToolCall
from supportapp.tools.network import Network
from supportapp.tools.openapi import BadDescription
from supportapp.tools.values import Caller, Code, Request, Result, Tool
from tests.factories import UserFactory
from tests.fakes.http_server import HttpServer, reply
from tests.unit.tools.conftest import at_once, hidden
from tests.unit.tools.test_openapi import SHOP

HOST = "api.tallybird.example"
ADD = reverse("admin:tools_apidescription_add")


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.default()


def declare(workspace: Workspace, **fields: object) -> ApiDescription:
    usual = {"name": "shop", "openapi": SHOP, "allowed_hosts": [HOST]}
    api = ApiDescription(workspace=workspace, **{**usual, **fields})
    apis.keep(api)
    return api


def near(server: HttpServer) -> Network:
    return Network(
        schemes=("http",),
        is_allowed=lambda address: True,
        resolve=lambda host, port: ["127.0.0.1"],
        seconds=2,
    )


def tools(api: ApiDescription, server: HttpServer) -> tuple[Tool, ...]:
    api.operations.update(is_on=True)
    ApiDescription.objects.update(base_url=f"http://{HOST}:{server.port}/v1")
    return apis.tools_of(api.workspace_id, by=near(server))


def call(tools: tuple[Tool, ...], name: str, **arguments: object) -> Result:
    request = Request("1", name, json.dumps(arguments))
    caller = Caller(1, frozenset())
    retry = calling.Retry(wait=0)
    return asyncio.run(
        calling.call(request, caller, tools=tools, hop=at_once, hashed=hidden, retry=retry)
    )


def test_new_operations_are_off_until_staff_allow_them(workspace: Workspace) -> None:
    api = declare(workspace)
    assert api.operations.count() == 3
    assert not apis.tools_of(workspace.pk)
    api.operations.filter(tool="shop_get_parcel").update(is_on=True)
    caller = Caller(workspace.pk, frozenset())
    assert toolbox.find(caller, "shop_get_parcel") is not None
    other = Workspace.objects.create(slug="other", name="Other")
    assert toolbox.find(Caller(other.pk, frozenset()), "shop_get_parcel") is None


def test_an_operation_that_became_another_request_has_to_be_allowed_anew(
    workspace: Workspace,
) -> None:
    api = declare(workspace)
    api.operations.update(is_on=True)
    api.openapi = SHOP.replace("/notes:", "/remarks:")
    apis.keep(api)
    assert not ApiOperation.objects.get(tool="shop_add_note").is_on
    assert ApiOperation.objects.get(tool="shop_get_parcel").is_on


@pytest.mark.parametrize(
    "fields",
    [
        {"allowed_hosts": ["other.example"]},
        {"base_url": "http://api.tallybird.example/"},
        {"openapi": "{}"},
        {"openapi": SHOP.replace("https://api", "http://api")},
    ],
)
def test_a_description_beside_the_rules_is_refused(workspace: Workspace, fields: object) -> None:
    with pytest.raises(BadDescription):
        declare(workspace, **fields)  # type: ignore[arg-type]


def test_a_call_sends_what_was_checked_with_the_key(workspace: Workspace) -> None:
    api = declare(workspace)
    keys.seal(api, "Bearer secret-key")
    api.save()
    with HttpServer(lambda request: reply('{"where": "Leipzig"}')) as server:
        result = call(tools(api, server), "shop_get_parcel", parcel="P1", lang="en")
        (sent,) = server.requests
    assert result.finding is not None
    assert result.finding.data == {"result": {"where": "Leipzig"}}
    assert (sent.method, sent.path) == ("GET", "/v1/parcels/P1?lang=en")
    assert sent.headers["authorization"] == "Bearer secret-key"


def test_the_key_is_not_stored_in_the_clear(workspace: Workspace) -> None:
    api = declare(workspace)
    keys.seal(api, "Bearer secret-key")
    assert "secret" not in api.key_encrypted
    assert keys.reveal(api) == "Bearer secret-key"


@pytest.mark.parametrize(("status", "code", "calls"), [(503, "failed", 2), (404, "refused", 1)])
def test_a_busy_server_is_asked_again_and_a_refusal_is_not(
    workspace: Workspace, status: int, code: str, calls: int
) -> None:
    api = declare(workspace)
    with HttpServer(lambda request: reply("{}", status)) as server:
        result = call(tools(api, server), "shop_get_parcel", parcel="P1")
        assert (result.code.value, len(server.requests)) == (code, calls)


def test_a_redirect_inside_is_not_followed(workspace: Workspace) -> None:
    api = declare(workspace)
    inside = "http://169.254.169.254/latest/meta-data/"
    with HttpServer(lambda request: reply("", 302, Location=inside)) as server:
        result = call(tools(api, server), "shop_get_parcel", parcel="P1")
        assert (result.code, len(server.requests)) == (Code.REFUSED, 1)
        assert "redirect" in result.message


def test_by_the_real_rules_a_server_inside_is_never_asked(workspace: Workspace) -> None:
    api = declare(workspace, base_url="https://127.0.0.1/", allowed_hosts=["127.0.0.1"])
    api.operations.update(is_on=True)
    result = call(apis.tools_of(workspace.pk), "shop_get_parcel", parcel="P1")
    assert "address_not_public" in result.message


def test_what_changes_something_is_only_proposed(workspace: Workspace) -> None:
    api = declare(workspace)
    api.operations.update(changes=False)
    with HttpServer(lambda request: reply("{}")) as server:
        result = call(tools(api, server), "shop_cancel_parcel", parcel="P1")
        assert result.code is Code.ASKS
        assert not server.requests
    assert result.proposal is not None
    assert result.proposal.question == "Shall I do this for you: Cancel a parcel? (parcel: P1)"


def test_a_confirmed_change_carries_its_key(workspace: Workspace) -> None:
    api = declare(workspace)
    with HttpServer(lambda request: reply("{}")) as server:
        (tool,) = (t for t in tools(api, server) if t.name == "shop_cancel_parcel")
        key = uuid.uuid4()
        reserved = {apis.KEY: key, "caller": Caller(1, frozenset())}
        asyncio.run(
            calling.run(tool, tool.parameters.model_validate({"parcel": "P1"}), reserved, at_once)
        )
        assert server.requests[0].headers["idempotency-key"] == str(key)
        assert confirmations.MOST_ATTEMPTS > 1


def test_a_parameter_named_key_is_the_apis_own(workspace: Workspace) -> None:
    api = declare(
        workspace, openapi=SHOP.replace("{parcel}", "{key}").replace("name: parcel", "name: key")
    )
    with HttpServer(lambda request: reply("{}")) as server:
        offered = tools(api, server)
        call(offered, "shop_get_parcel", key="P1")
        (change,) = (each for each in offered if each.name == "shop_cancel_parcel")
        arguments = change.parameters.model_validate({"key": "P1"})
        reserved = {apis.KEY: uuid.uuid4(), "caller": Caller(1, frozenset())}
        asyncio.run(calling.run(change, arguments, reserved, at_once))
        read, changed = server.requests
    assert (read.path, read.headers.get("idempotency-key")) == ("/v1/parcels/P1", None)
    assert changed.path == "/v1/parcels/P1"


@pytest.fixture
def administrator(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory.create(administrator=True, is_superuser=True))
    return client


def form(workspace: Workspace, **fields: object) -> dict[str, object]:
    usual = {
        "workspace": workspace.pk,
        "name": "shop",
        "openapi": SHOP,
        "allowed_hosts": HOST,
        "key_header": "Authorization",
        "key": "Bearer secret-key",
    }
    return {**usual, **fields}


def test_staff_declare_an_api_and_never_see_its_key_again(
    workspace: Workspace, administrator: Client
) -> None:
    response = administrator.post(ADD, form(workspace), follow=True)
    assert "needs a header parameter" in response.content.decode()
    api = ApiDescription.objects.get()
    page = reverse("admin:tools_apidescription_change", args=[api.pk])
    text = administrator.get(page).content.decode()
    assert "secret-key" not in text
    assert api.key_encrypted not in text
    assert "shop_get_parcel" in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"openapi": "nonsense"}, "isn’t an object"),
        ({"allowed_hosts": "evil.example"}, "isn’t among the allowed hosts"),
        ({"key_header": "X: y"}, "letters, digits and hyphens"),
        ({"key": "a\r\nX-Other: b"}, "one line"),
    ],
)
def test_a_bad_declaration_is_explained(
    workspace: Workspace, administrator: Client, fields: dict[str, str], said: str
) -> None:
    text = administrator.post(ADD, form(workspace, **fields)).content.decode()
    assert said in text.replace("&#x27;", "’")
    assert not ApiDescription.objects.exists()


def test_a_call_of_a_model_is_in_the_audit_without_its_words(workspace: Workspace) -> None:
    result = Result(Request("1", "I am no tool", "{}"), Code.UNKNOWN)
    toolbox.audit.record(Caller(workspace.pk, frozenset()), result)
    assert ToolCall.objects.get().tool == "unknown"
