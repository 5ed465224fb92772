"""Versions of prompts: fixed once stored, labelled one at a time; what counts is never stale."""

import threading
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from supportapp.answering import assemble, prompting, scores, setups, versions
from supportapp.answering.models import (
    Label,
    PromptIsFixed,
    PromptLabel,
    PromptVersion,
)
from supportapp.answering.scores import Measured
from supportapp.answering.sections import Style
from supportapp.answering.strictness import PromptRefused
from supportapp.answering.versions import NothingBefore, Written
from supportapp.knowledge.models import Workspace
from tests.factories import WorkspaceFactory

TITLE = prompting.shipped("title").source


def written(more: str) -> Written:
    return Written(TITLE.replace("=== user", f"{more}\n=== user"))


def save(workspace: Workspace, more: str) -> PromptVersion:
    return versions.save(workspace, "title", written(more), author=None, why=f"Says {more}")


def produce(version: PromptVersion) -> None:
    versions.label(version, Label.PRODUCTION, by=None)


def counts(workspace: Workspace) -> str:
    return setups.standing(workspace.pk).choice.prompt("title").identity.version


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.default()


def test_what_was_shipped_is_the_first_version_and_counts(workspace: Workspace) -> None:
    versions.sync(workspace)
    stored = PromptVersion.objects.get(workspace=workspace, purpose="title")
    assert (stored.number, stored.shipped, stored.body) == (1, "v1", TITLE)
    assert versions.sync(workspace) == []
    assert counts(workspace) == "v1"


def test_a_version_is_numbered_hashed_and_says_what_it_uses(workspace: Workspace) -> None:
    version = save(workspace, "Be brief.")
    assert (version.number, version.version) == (2, "2")
    assert version.sha256 == prompting.digest(version.body)
    assert "question" in version.variables
    assert save(workspace, "Be brief.") == version


def test_an_unknown_variable_is_refused_by_name(workspace: Workspace) -> None:
    with pytest.raises(PromptRefused, match="“questoin” isn’t known here; did you mean “question”"):
        save(workspace, "{{ questoin }}")
    assert not PromptVersion.objects.filter(number=2).exists()


def test_a_stored_version_never_changes(workspace: Workspace) -> None:
    version = save(workspace, "Be brief.")
    with pytest.raises(PromptIsFixed):
        version.save()
    with pytest.raises(IntegrityError, match="stored and fixed"), transaction.atomic():
        PromptVersion.objects.filter(pk=version.pk).update(body="else")


def test_a_label_moves_and_the_next_question_gets_it(workspace: Workspace) -> None:
    one, two = save(workspace, "One."), save(workspace, "Two.")
    produce(one)
    assert counts(workspace) == "2"
    produce(two)
    assert counts(workspace) == "3"
    current = PromptLabel.objects.get(workspace=workspace, purpose="title", ended_at=None)
    assert current.prompt == two
    assert versions.label(two, Label.PRODUCTION, by=None) is None


def test_rolling_back_leads_one_version_back_each_time_and_then_to_what_was_shipped(
    workspace: Workspace,
) -> None:
    for more in ("One.", "Two.", "Three."):
        produce(save(workspace, more))
    seen = []
    for _ in range(3):
        versions.roll_back(workspace, "title", by=None)
        seen.append(counts(workspace))
    assert seen == ["3", "2", "v1"]


def test_after_a_roll_back_a_new_version_goes_on_from_there(workspace: Workspace) -> None:
    produce(save(workspace, "One."))
    produce(save(workspace, "Two."))
    versions.roll_back(workspace, "title", by=None)
    produce(save(workspace, "Three."))
    versions.roll_back(workspace, "title", by=None)
    assert counts(workspace) == "2"


def test_there_is_nothing_before_what_was_shipped(workspace: Workspace) -> None:
    with pytest.raises(NothingBefore):
        versions.roll_back(workspace, "title", by=None)


def test_an_upgrades_default_is_a_version_and_replaces_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    produce(save(workspace, "Ours."))
    shipped = prompting.shipped("title")
    source = TITLE + "\n"
    newer = replace(
        shipped,
        source=source,
        identity=replace(shipped.identity, version="v2", sha256=prompting.digest(source)),
    )
    usual = prompting.shipped
    monkeypatch.setattr(
        prompting, "shipped", lambda name: newer if name == "title" else usual(name)
    )
    (new,) = versions.sync(workspace)
    assert (new.number, new.shipped) == (3, "v2")
    assert counts(workspace) == "2"


def test_the_style_belongs_to_the_version(workspace: Workspace) -> None:
    styled = Written(TITLE, Style.HEADINGS, (("claude*", Style.TAGS),))
    version = versions.save(workspace, "title", styled, author=None, why="")
    produce(version)
    prompt = setups.standing(workspace.pk).choice.prompt("title")
    assert (prompt.style, prompt.model_styles) == (Style.HEADINGS, (("claude*", Style.TAGS),))


def test_workspaces_do_not_share_prompts(workspace: Workspace) -> None:
    other = WorkspaceFactory(slug="other", name="Other")
    produce(save(workspace, "Ours."))
    assert counts(other) == "v1"
    assert save(other, "Theirs.").number == 2


def test_what_counts_costs_one_small_query(workspace: Workspace) -> None:
    assemble.parts(workspace.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        setups.standing(workspace.pk)
    assert len(queries) == 1


class Concurrently(TransactionTestCase):
    """Several at once, on connections of their own."""

    def at_once(self, *verbs: object) -> list[Exception]:
        faults: list[Exception] = []
        barrier = threading.Barrier(len(verbs))

        def run(verb: object) -> None:
            try:
                barrier.wait(5)
                verb()  # type: ignore[operator]
            except Exception as error:
                faults.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=(verb,)) for verb in verbs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        return faults

    def test_labels_and_versions_stay_whole(self) -> None:
        workspace = Workspace.default()
        rows = [save(workspace, f"Number {n}.") for n in range(3)]
        bodies = {row.pk: row.body for row in rows}
        labels = [lambda row=row: produce(row) for row in rows]
        saves = [lambda n=n: save(workspace, f"Other {n}.") for n in range(3)]
        assert self.at_once(*labels, *saves) == []
        current = PromptLabel.objects.filter(workspace=workspace, label="production", ended_at=None)
        assert current.count() == 1
        assert PromptLabel.objects.count() == 3
        assert counts(workspace) == str(current.get().prompt.number)
        numbers = PromptVersion.objects.filter(purpose="title").values_list("number", flat=True)
        assert sorted(numbers) == [1, 2, 3, 4, 5, 6, 7]
        for key, body in bodies.items():
            assert PromptVersion.objects.get(pk=key).body == body


def test_a_runs_scores_stand_beside_the_version_that_it_names(workspace: Workspace) -> None:
    saved = save(workspace, "Be brief.")
    named = scores.version(workspace.pk, "title", saved.sha256)
    assert named == saved
    for value in (0.8, 0.9):
        scores.record(saved, "golden", "run-7", {"support": Measured(value, 0.7, 0.95)})
    assert [each.value for each in saved.scores.all()] == [0.9]
