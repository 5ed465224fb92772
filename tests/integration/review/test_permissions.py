"""Who may open which staff page: anonymous, customer, staff without a role, reviewer, editor."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.urls import reverse

from supportapp.review import decisions
from supportapp.review.decisions import Judgement
from supportapp.review.models import Annotation
from tests.integration.review.conftest import client_of

PAGES = ["queue", "item", "requests", "request"]
ACTS = ["verdict", "skip", "undo", "request_take", "request_close", "request_reopen"]
OK, AWAY, LOG_IN, NO = 200, 302, "log in", 403


@pytest.fixture
def numbers(item, handoff, other_reviewer) -> dict[str, list[int]]:
    """The number in each address."""
    from django.utils import timezone

    label = decisions.annotate(item, other_reviewer, Judgement("good"), timezone.now())
    assert isinstance(label, Annotation)
    found = {name: [item.pk] for name in ("item", "verdict", "skip")}
    found |= {name: [handoff.pk] for name in ("request", *ACTS[3:])}
    return found | {"undo": [label.pk], "queue": [], "requests": []}


@pytest.fixture
def idle(db: None) -> User:
    """Staff, but in no group."""
    return User.objects.create_user("ida", is_staff=True)


def outcome(response) -> object:
    to_login = response.status_code == 302 and "/login/" in response["Location"]
    return LOG_IN if to_login else response.status_code


@pytest.mark.parametrize("name", [*PAGES, *ACTS])
@pytest.mark.parametrize("role", ["anonymous", "customer", "idle", "editor", "reviewer"])
def test_the_matrix(name, role, numbers, request: pytest.FixtureRequest):
    who = AnonymousUser() if role == "anonymous" else request.getfixturevalue(role)
    address = reverse(f"review:{name}", args=numbers[name])
    client = client_of(who)
    response = client.get(address) if name in PAGES else client.post(address, {"verdict": "good"})
    allowed = {"undo": 404}.get(name, OK if name in PAGES else AWAY)
    expected = {
        "anonymous": LOG_IN,
        "customer": NO,
        "idle": NO,
        "editor": allowed,
        "reviewer": allowed,
    }
    assert outcome(response) == expected[role]


@pytest.mark.parametrize(
    ("role", "expected"), [("anonymous", LOG_IN), ("customer", NO), ("idle", NO)]
)
def test_the_export_is_for_reviewers(role, expected, request: pytest.FixtureRequest, db):
    who = AnonymousUser() if role == "anonymous" else request.getfixturevalue(role)
    assert outcome(client_of(who).get(reverse("review:export"))) == expected


def test_a_partial_is_not_replaced_by_the_log_in_page(client, item):
    response = client.post(
        reverse("review:verdict", args=[item.pk]),
        {"verdict": "good"},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/review/7/"},
    )
    assert response.status_code == 401
    assert response["HX-Redirect"].endswith("/login/?next=/review/7/")


def test_a_disabled_reviewer_is_out_at_once(reviewer, reviewer_client):
    address = reverse("review:queue")
    assert reviewer_client.get(address).status_code == 200
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    assert outcome(reviewer_client.get(address)) == LOG_IN


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        ([], []),
        (["add_annotation"], ["queue"]),
        (["view_handoff"], ["requests"]),
        (["add_annotation", "view_handoff"], ["queue", "requests"]),
    ],
)
def test_only_what_one_may_open_is_offered(
    idle: User, permissions: list[str], shown: list[str]
) -> None:
    idle.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    staff = client_of(idle)
    for page in ("chat:home", "help:index", "admin:index"):
        offered = staff.get(reverse(page)).content.decode()
        links = [name for name in ("queue", "requests") if _link(name) in offered]
        # Who may review finds the requests there.
        assert links == shown[:1], page
    for name in shown:
        tabs = staff.get(reverse(f"review:{name}")).content.decode()
        nav = tabs[tabs.index("review-tabs") :]
        nav = nav[: nav.index("</nav>")]
        assert [each for each in ("queue", "requests") if _link(each) in nav] == shown


def _link(name: str) -> str:
    return f'href="{reverse(f"review:{name}")}"'
