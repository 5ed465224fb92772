"""/healthz and /readyz tell the truth."""

import pytest
from django.db import OperationalError

pytestmark = pytest.mark.django_db


def database_away() -> str:
    raise OperationalError("connection refused")


def index_cold() -> str:
    return "the index is being built"


def fine() -> str:
    return ""


def readyz(client, settings, **checks: str):
    paths = {name: f"{__name__}.{check}" for name, check in checks.items()}
    usual = dict.fromkeys(settings.READINESS_CHECKS, f"{__name__}.fine")
    settings.READINESS_CHECKS = usual | paths
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_the_process_lives(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_all_is_well(client, settings):
    status, said = readyz(client, settings)
    assert (status, said["status"]) == (200, "ok")
    assert all(check == {"ok": True, "detail": ""} for check in said["checks"].values())


@pytest.mark.parametrize(
    ("name", "check", "detail"),
    [
        ("database", "database_away", "the database can't be reached"),
        ("index", "index_cold", "the index is being built"),
        ("index", "database_away", "the database can't be reached"),
    ],
)
def test_without_what_answers_need_it_is_unavailable(client, settings, name, check, detail):
    status, said = readyz(client, settings, **{name: check})
    assert (status, said["status"]) == (503, "unavailable")
    assert said["checks"][name] == {"ok": False, "detail": detail}


def test_without_a_worker_it_is_degraded_but_serves(client, settings):
    status, said = readyz(client, settings, worker="index_cold")
    assert (status, said["status"]) == (200, "degraded")


def test_the_real_checks_say_what_is_missing_here(client, valkey):
    """No worker runs in this test; the database does."""
    said = client.get("/readyz").json()["checks"]
    assert said["database"] == {"ok": True, "detail": ""}
    assert said["worker"]["ok"] is False
    assert "no worker" in said["worker"]["detail"]


def test_redis_away_is_said_by_the_worker_check(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    said = client.get("/readyz").json()
    assert said["checks"]["worker"]["detail"] == "Redis can't be reached"
