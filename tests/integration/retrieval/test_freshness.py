"""Every process answers from what is published now."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from supportapp.embedded.leases import Lease
from supportapp.knowledge import publishing, synonyms
from supportapp.knowledge.models import SynonymGroup, Workspace
from supportapp.retrieval import indexes
from tests.integration.retrieval.conftest import Ask, Publish, slugs

Elsewhere = Callable[[str], dict[str, Any]]


@pytest.fixture(params=["0", "1"], ids=["without_snapshots", "with_snapshots"])
def elsewhere(
    request: pytest.FixtureRequest, transactional_db: None, workspace: Workspace, services: Lease
) -> Iterator[Elsewhere]:
    """Ask in another process, which stays."""
    address = services.addresses.database_url.rpartition("/")[0]
    name = connection.settings_dict["NAME"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.retrieval.other_process"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "DATABASE_URL": f"{address}/{name}",
            "DJANGO_SETTINGS_MODULE": "supportapp.settings",
            "SNAPSHOT_PASSAGES": request.param,
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    questions, answers = process.stdin, process.stdout

    def asked(text: str) -> dict[str, Any]:
        questions.write(json.dumps({"text": text, "workspace": workspace.pk}) + "\n")
        questions.flush()
        found: dict[str, Any] = json.loads(answers.readline())
        return found

    yield asked
    questions.close()
    answers.close()
    process.wait(10)


def test_another_process_sees_each_publication_at_its_next_search(
    elsewhere: Elsewhere, publish: Publish, ask: Ask
):
    publish("plans", "Plans", "There are four plans.")
    assert elsewhere("what plans are there")["slugs"] == ["plans"]
    for number in range(1, 11):
        slug = f"gadget-{number}"
        article = publish(slug, f"Gadget {number}", f"Gadget number {number} is new.", embed=False)
        assert slug in elsewhere(f"gadget {number}")["slugs"]
        publishing.archive(article)
        found = elsewhere(f"gadget {number}")
        assert slug not in found["slugs"]
    assert found["generation"] == 21


def test_a_new_revision_replaces_the_old_one_at_once(publish: Publish, ask: Ask):
    publish("refunds", "Refunds", "Refunds are possible for 14 days.")
    assert "14 days" in ask("refund days").evidence[0].text
    publish("refunds", "Refunds", "Refunds are possible for 30 days.", embed=False)
    found = ask("refund days")
    assert [item.text for item in found.evidence] == ["Refunds are possible for 30 days."]


def test_a_subject_that_was_just_published_is_in_focus_at_once(publish: Publish, ask: Ask):
    for slug, title in (("hours", "Opening hours"), ("prices", "Prices"), ("seats", "Seats")):
        publish(slug, title, f"{title} of every plan.")
    said = ("Hello there.", "I have the Trio.", "Thanks.")
    ask("How much is it?", *said)
    publish("trio", "The big plan", "It costs nine euros.", subject="Trio")
    first, second = (ask("How much is it?", *said).candidates for _ in range(2))
    assert first == second


def test_an_index_reads_only_what_it_missed(publish: Publish, ask: Ask):
    for number in range(5):
        publish(f"old-{number}", f"Old {number}", "An old article.")
    ask("old")
    publish("new", "New", "A new article.")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        index = indexes.of(Workspace.default().pk)
        indexes.catch_up(Workspace.default().pk, index, index.generation + 1)
    assert len(index) == 6
    assert not any("OFFSET" in query["sql"] for query in queries.captured_queries)
    assert sum('generation_added" >' in query["sql"] for query in queries.captured_queries) == 1


def test_what_is_rolled_back_leaves_nothing_behind(
    transactional_db: None, publish: Publish, ask: Ask
):
    publish("plans", "Plans", "There are four plans.")
    assert slugs(ask("unicorn plans")) == ["plans"]
    with transaction.atomic():
        publish("unicorn", "Unicorn plans", "Unicorn plans sparkle.", embed=False)
        assert slugs(ask("unicorn plans"))[0] == "unicorn"
        transaction.set_rollback(True)
    publish("cards", "Cards", "Cards can be changed.", embed=False)
    assert "unicorn" not in slugs(ask("unicorn plans"))
    assert slugs(ask("change cards"))[0] == "cards"


def test_a_database_put_back_to_an_earlier_state_is_read_afresh(publish: Publish, ask: Ask):
    publish("plans", "Plans", "There are four plans.")
    publish("cards", "Cards", "Cards can be changed.")
    ask("plans")
    Workspace.objects.update(generation=1)
    assert ask("plans").generation == 1
    assert indexes.of(Workspace.default().pk).generation == 1


def test_another_process_uses_synonyms_at_its_next_search(
    elsewhere: Elsewhere, publish: Publish, workspace: Workspace
):
    publish("money", "Get your money back", "Within ten days.", embed=False)
    publish("hours", "Opening hours", "Nine to five.", embed=False)
    asked = "zzyzx"
    assert elsewhere(asked)["slugs"] == []
    group = SynonymGroup(workspace=workspace, terms=["zzyzx", "money back"])
    synonyms.keep(group)
    assert elsewhere(asked)["slugs"] == ["money"]
    synonyms.switch([group], is_active=False)
    assert elsewhere(asked)["slugs"] == []
