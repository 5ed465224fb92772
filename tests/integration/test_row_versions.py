"""What staff set is read again when a row of it changes, and not before."""

import pytest
from django.db import transaction

from supportapp import row_versions
from supportapp.caching.models import MemoryPolicy
from supportapp.knowledge.models import Workspace
from supportapp.row_versions import Kept, Rows
from tests.factories import WorkspaceFactory

pytestmark = pytest.mark.django_db


class Reads:
    """A reading that counts how often it was done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, workspace_id: int) -> float | None:
        self.times += 1
        mine = MemoryPolicy.objects.filter(workspace=workspace_id)
        return mine.values_list("error_budget", flat=True).first()


@pytest.fixture
def workspace() -> Workspace:
    return Workspace.default()


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest.fixture
def kept(reads: Reads) -> Kept[float | None]:
    return Kept(reads, Rows.of(MemoryPolicy, by_workspace=True))


def asked(kept: Kept[float | None], workspace: Workspace) -> float | None:
    with row_versions.one_question():
        return kept.of(workspace.pk, workspace=workspace.pk)


def test_nothing_is_read_twice_while_no_row_changes(
    kept: Kept[float | None], reads: Reads, workspace: Workspace
) -> None:
    MemoryPolicy.objects.create(workspace=workspace, error_budget=0.1)
    assert [asked(kept, workspace) for _ in range(3)] == [0.1, 0.1, 0.1]
    MemoryPolicy.objects.create(workspace=WorkspaceFactory.create(slug="second"), error_budget=0.15)
    assert asked(kept, workspace) == 0.1
    assert reads.times == 1


def test_every_kind_of_change_counts_for_the_next_question(
    kept: Kept[float | None], workspace: Workspace
) -> None:
    assert asked(kept, workspace) is None
    MemoryPolicy.objects.create(workspace=workspace, error_budget=0.1)
    assert asked(kept, workspace) == 0.1
    MemoryPolicy.objects.update(error_budget=0.2)
    assert asked(kept, workspace) == 0.2
    MemoryPolicy.objects.all().delete()
    assert asked(kept, workspace) is None


def test_what_was_taken_back_is_forgotten(kept: Kept[float | None], workspace: Workspace) -> None:
    MemoryPolicy.objects.create(workspace=workspace, error_budget=0.1)
    with transaction.atomic():
        MemoryPolicy.objects.update(error_budget=0.2)
        assert asked(kept, workspace) == 0.2
        transaction.set_rollback(True)
    assert asked(kept, workspace) == 0.1


def test_one_question_sees_one_state(kept: Kept[float | None], workspace: Workspace) -> None:
    MemoryPolicy.objects.create(workspace=workspace, error_budget=0.1)
    with row_versions.one_question():
        assert kept.of(workspace.pk, workspace=workspace.pk) == 0.1
        MemoryPolicy.objects.update(error_budget=0.2)
        assert kept.of(workspace.pk, workspace=workspace.pk) == 0.1


def test_outside_of_a_question_everything_is_read_afresh(
    kept: Kept[float | None], reads: Reads, workspace: Workspace
) -> None:
    assert [kept.of(workspace.pk, workspace=workspace.pk) for _ in range(2)] == [None, None]
    assert reads.times == 2
