"""Synonyms that staff keep: each workspace its own, used from the next question on."""

import pytest
from django.db import IntegrityError, transaction

from supportapp.knowledge import synonyms
from supportapp.knowledge.models import SynonymGroup, Workspace
from tests.integration.retrieval.conftest import Ask, Publish

ASKED = "zzyzx"


@pytest.fixture
def group(workspace: Workspace, publish: Publish) -> SynonymGroup:
    publish("money", "Get your money back", "Within ten days.", embed=False)
    publish("hours", "Opening hours", "Nine to five.", embed=False)
    publish("plans", "Plans", "There are four plans.", embed=False)
    return SynonymGroup(workspace=workspace, terms=[ASKED, "money back"])


def keyword_score(ask: Ask, **more: object) -> float:
    return max((each.keyword_score for each in ask(ASKED, **more).candidates), default=0.0)


def test_the_next_question_is_searched_with_them(group: SynonymGroup, ask: Ask):
    assert keyword_score(ask) == 0.0
    synonyms.keep(group)
    found = ask(ASKED)
    assert found.evidence[0].slug == "money"
    assert keyword_score(ask) > 0.0


def test_a_passage_that_says_it_otherwise_makes_the_answer_surer(group: SynonymGroup, ask: Ask):
    asked = f"{ASKED} days"
    before = ask(asked).clues
    synonyms.keep(group)
    after = ask(asked).clues
    assert before.missing > after.missing == 0.0
    assert before.coverage < after.coverage


def test_removed_ones_are_forgotten(group: SynonymGroup, ask: Ask):
    synonyms.keep(group)
    assert keyword_score(ask) > 0.0
    assert synonyms.remove(SynonymGroup.objects.all()) == 1
    assert keyword_score(ask) == 0.0


def test_each_workspace_has_its_own(group: SynonymGroup, publish: Publish, ask: Ask):
    other = Workspace.objects.create(slug="other", name="Other")
    publish("theirs", "Your money back", "At once.", workspace=other, embed=False)
    publish("else", "Something else", "At all.", workspace=other, embed=False)
    synonyms.keep(group)
    assert keyword_score(ask, home=other) == 0.0
    group.workspace = other
    synonyms.keep(group)
    assert keyword_score(ask, home=other) > 0.0
    assert keyword_score(ask) == 0.0


def test_switching_what_is_switched_already_tells_nobody(group: SynonymGroup):
    synonyms.keep(group)
    before = Workspace.objects.get(pk=group.workspace_id).generation
    assert synonyms.switch([group], is_active=True) == 0
    assert Workspace.objects.get(pk=group.workspace_id).generation == before


def test_the_database_refuses_a_group_of_one(group: SynonymGroup):
    group.terms = [ASKED]
    with pytest.raises(IntegrityError), transaction.atomic():
        synonyms.keep(group)
