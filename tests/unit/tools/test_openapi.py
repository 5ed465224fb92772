"""An OpenAPI description becomes tools, as far as it can be trusted to."""

import json

import pytest
import yaml

from supportapp.tools import openapi
from supportapp.tools.openapi import BadDescription, Operation

SHOP = """
openapi: 3.0.3
servers: [{url: "https://api.tallybird.example/v1"}]
paths:
  /parcels/{parcel}:
    parameters:
      - {name: parcel, in: path, required: true, schema: {type: string}}
    get:
      operationId: getParcel
      summary: Where a parcel is
      parameters:
        - {$ref: "#/components/parameters/lang"}
        - {name: X-Trace, in: header, schema: {type: string}}
    delete:
      operationId: cancelParcel
      summary: Cancel a parcel
  /notes:
    post:
      operationId: addNote
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [text]
              properties:
                text: {type: string, description: what to note}
                urgent: {type: boolean}
                extra: {type: object}
  /secrets:
    get:
      parameters:
        - {name: X-Admin, in: header, required: true, schema: {type: string}}
components:
  parameters:
    lang: {name: lang, in: query, schema: {type: string, enum: [en, zh]}}
"""


def operations() -> dict[str, Operation]:
    return {each.tool: each for each in openapi.read(SHOP, "shop").operations}


def test_operations_are_named_after_the_api_and_what_changes_is_known() -> None:
    found = operations()
    assert {name: each.changes for name, each in found.items()} == {
        "shop_get_parcel": False,
        "shop_cancel_parcel": True,
        "shop_add_note": True,
    }


def test_what_cannot_be_a_tool_is_left_out_with_a_reason() -> None:
    assert openapi.read(SHOP, "shop").refused == (("GET /secrets", "needs a header parameter"),)


def test_json_and_yaml_say_the_same() -> None:
    assert openapi.read(json.dumps(yaml.safe_load(SHOP)), "shop") == openapi.read(SHOP, "shop")


def test_arguments_are_checked_by_the_description() -> None:
    model = openapi.model_of(operations()["shop_get_parcel"])
    assert model.model_validate({"parcel": "P1", "lang": "zh"})
    assert model.model_json_schema()["required"] == ["parcel"]
    assert model.model_json_schema()["additionalProperties"] is False


def test_arguments_go_where_they_belong() -> None:
    filled = openapi.fill(
        operations()["shop_get_parcel"], "https://x.example/v1", {"parcel": "P 1", "lang": "en"}
    )
    assert filled.url == "https://x.example/v1/parcels/P%201"
    assert (filled.params, filled.body) == ({"lang": "en"}, None)
    note = openapi.fill(operations()["shop_add_note"], "https://x.example", {"text": "a"})
    assert note.body == {"text": "a"}


@pytest.mark.parametrize("given", ["../../admin", "a/b", "a?x=1", "a#b", "%2e%2e", "\\"])
def test_no_argument_leaves_its_place_in_the_path(given: str) -> None:
    filled = openapi.fill(operations()["shop_get_parcel"], "https://x.example", {"parcel": given})
    path = filled.url.removeprefix("https://x.example/parcels/")
    assert not set(path) & set("/?#\\")


@pytest.mark.parametrize("given", ["..", "."])
def test_an_argument_that_is_a_step_up_is_refused(given: str) -> None:
    with pytest.raises(BadDescription):
        openapi.fill(operations()["shop_get_parcel"], "https://x.example", {"parcel": given})


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nopenapi: 3.0.0\npaths: {}\n"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "swagger: '2.0'", "openapi: 3.0.0", BOMB, "{" * 5000, "x" * 1_000_001],
    ids=["empty", "list", "broken", "old", "no paths", "aliases", "deep", "large"],
)
def test_a_description_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadDescription):
        openapi.read(text, "shop")


def test_references_go_nowhere_else_and_in_no_circle() -> None:
    for place in ("file:///etc/passwd", "#/components/parameters/lang"):
        text = SHOP.replace("{name: lang, in: query", f'{{$ref: "{place}", in: query')
        assert "shop_get_parcel" not in {t.tool for t in openapi.read(text, "shop").operations}


def test_a_plain_http_server_is_not_taken() -> None:
    assert openapi.read(SHOP.replace("https://api", "http://api"), "shop").server == ""
