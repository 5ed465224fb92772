"""Counts add up whoever counts at the same time."""

import threading
from datetime import date

import pytest
from django.db import connection

from supportapp.guardrails import counting
from supportapp.guardrails.models import GuardCount
from supportapp.knowledge.models import Workspace

DAY = date(2026, 1, 5)
SEEN = [
    {"guard": "support", "action": "block", "code": "unsupported", "count": 2},
    {"guard": "personal_data", "action": "redact", "code": "email", "count": 1},
]


def test_nothing_seen_is_nothing_counted(db: None) -> None:
    counting.add(Workspace.default().pk, DAY, [])
    assert GuardCount.objects.count() == 0


def test_counts_of_a_day_add_up(db: None) -> None:
    for _ in range(3):
        counting.add(Workspace.default().pk, DAY, SEEN)
    counted = dict(GuardCount.objects.values_list("code", "count"))
    assert counted == {"unsupported": 6, "email": 3}


@pytest.mark.django_db(transaction=True)
def test_no_count_is_lost_where_many_count_at_once() -> None:
    workspace = Workspace.default().pk

    def count() -> None:
        try:
            for turn in range(10):
                counting.add(workspace, DAY, SEEN if turn % 2 else SEEN[::-1])
        finally:
            connection.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = dict(GuardCount.objects.values_list("code", "count"))
    assert counted == {"unsupported": 80, "email": 40}
