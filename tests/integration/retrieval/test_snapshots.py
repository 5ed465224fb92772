"""Processes share a large workspace's index, and trust no snapshot that isn't of this database."""

import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from supportapp.knowledge.models import Article, Passage, Workspace
from supportapp.retrieval import indexes, snapshots, tasks
from tests.integration.retrieval.conftest import Ask, Publish, slugs

pytestmark = pytest.mark.django_db(transaction=True)
Files = Callable[[], list[Path]]


@pytest.fixture
def files(settings: Settings, tmp_path: Path) -> Files:
    """Keep a snapshot of every workspace; return which there are."""
    settings.DATA_DIR = tmp_path
    settings.SNAPSHOT_PASSAGES = 1
    return lambda: sorted(tmp_path.rglob(f"*{snapshots.SUFFIX}"))


@pytest.fixture
def plans(files: Files, publish: Publish, ask: Ask) -> Article:
    """A small help centre whose snapshot was made by a first process."""
    publish("cards", "Cards", "Cards can be changed in the settings.")
    article = publish("plans", "Plans", "There are four plans.")
    ask("plans")
    indexes.forget()
    return article


def mine() -> int:
    """Return the generation of the snapshot that this process rests on."""
    return indexes.of(Workspace.default().pk).base_generation


def test_the_next_process_starts_from_the_snapshot(plans: Article, ask: Ask):
    with CaptureQueriesContext(connection) as queries:
        assert mine() == 2
    read = [query["sql"] for query in queries.captured_queries if '"text"' in query["sql"]]
    assert all('generation_added" > 2' in sql for sql in read)
    assert slugs(ask("four plans"))[0] == "plans"


def test_only_its_owner_may_read_a_snapshot(plans: Article, files: Files):
    (path,) = files()
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent, path.parents[2])]
    assert modes == [0o600, 0o700, 0o700]


def test_small_workspaces_and_transactions_keep_none(
    files: Files, publish: Publish, ask: Ask, settings: Settings
):
    settings.SNAPSHOT_PASSAGES = 5
    publish("plans", "Plans", "There are four plans.")
    assert slugs(ask("plans")) == ["plans"]
    assert files() == []


def test_what_changed_since_the_snapshot_is_known(plans: Article, publish: Publish, ask: Ask):
    publish("gadgets", "Gadgets", "A gadget beeps.", embed=False)
    publish("plans", "Plans", "There are seven plans.", embed=False)
    assert mine() == 2
    assert slugs(ask("gadget"))[0] == "gadgets"
    texts = [item.text for item in ask("how many plans are there").evidence]
    assert "There are seven plans." in texts
    assert "There are four plans." not in texts


@pytest.mark.parametrize("damage", [lambda old: old[:-9], lambda old: b"", lambda old: old[::-1]])
def test_a_damaged_snapshot_is_made_anew(
    plans: Article, files: Files, ask: Ask, damage: Callable[[bytes], bytes]
):
    (path,) = files()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert slugs(ask("four plans"))[0] == "plans"
    assert path.read_bytes() == whole


def test_a_database_put_back_is_not_answered_for(plans: Article, ask: Ask):
    Passage.objects.filter(article=plans).delete()
    Workspace.objects.update(generation=1)
    assert slugs(ask("cards and plans")) == ["cards"]
    assert mine() == 1


def test_another_history_of_the_same_generation_is_not_answered_for(
    plans: Article, publish: Publish, ask: Ask
):
    """The database was put back, and went on differently up to the snapshot's generation."""
    Passage.objects.filter(article=plans).delete()
    Workspace.objects.update(generation=1)
    publish("robots", "Robots", "Robots mow the lawn.", embed=False)
    assert Workspace.default().generation == 2
    assert slugs(ask("robots mow"))[0] == "robots"
    index = indexes.of(Workspace.default().pk)
    assert len(index) == 2


def test_the_worker_renews_a_snapshot_and_processes_pick_it_up(
    plans: Article, publish: Publish, ask: Ask, files: Files, monkeypatch: pytest.MonkeyPatch
):
    assert mine() == 2
    publish("gadgets", "Gadgets", "A gadget beeps.", embed=False)
    assert tasks.renew_snapshots() == 0
    monkeypatch.setattr(indexes, "MANY_CHANGES", 0)
    assert tasks.renew_snapshots() == 1
    assert [path.name.partition("-")[0] for path in files()] == ["000000000000003"]
    publish("robots", "Robots", "Robots mow the lawn.", embed=False)
    deadline = time.monotonic() + 30
    while mine() != 3 and time.monotonic() < deadline:
        assert {"gadgets", "robots"} <= set(slugs(ask("gadgets and robots")))
        publish("robots", "Robots", f"Robots mow the lawn {time.monotonic()}.", embed=False)
    assert mine() == 3
    assert {"gadgets", "robots"} <= set(slugs(ask("gadgets and robots")))


def test_nothing_is_made_twice_at_once(plans: Article, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(indexes, "MANY_CHANGES", -1)
    monkeypatch.setattr(indexes, "MANY_CHANGES_SHARE", -1)
    with snapshots.lock(plans.workspace_id) as is_ours:
        assert is_ours
        assert not indexes.renew_snapshot(plans.workspace_id)
    assert indexes.renew_snapshot(plans.workspace_id)


def test_where_the_folder_cannot_be_used_searches_go_on(
    files: Files, publish: Publish, ask: Ask, settings: Settings, tmp_path: Path
):
    (tmp_path / "file").write_text("in the way")
    settings.DATA_DIR = tmp_path / "file"
    publish("plans", "Plans", "There are four plans.")
    assert slugs(ask("plans")) == ["plans"]
    assert not indexes.renew_snapshot(Workspace.default().pk)


def test_an_index_of_which_most_was_removed_is_compacted(
    plans: Article, publish: Publish, ask: Ask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("supportapp.retrieval.index._COMPACT_AT_LEAST", 2)
    for number in range(5):
        publish("plans", "Plans", f"There are {number} plans.", embed=False)
        ask("plans")
    index = indexes.of(Workspace.default().pk)
    assert index.changes <= 4
    assert len(index) == 2
    assert slugs(ask("how many plans"))[0] == "plans"
