"""Production settings, in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db
PROJECT = Path(__file__).resolve().parents[3]
SAFE = {
    "DJANGO_SETTINGS_MODULE": "supportapp.settings",
    "SUPPORTAPP_ENV": "production",
    "SECRET_KEY": "k3%tq9-zxw8&f2+vb6!mh4@ry7#np5^jc1*gd0$sle(ua)oi=qw",
    "ALLOWED_HOSTS": "help.example.com",
    "DATABASE_URL": "postgresql://app:secret@localhost:1/app",
    "REDIS_URL": "redis://localhost:1/0",
}
VISIT = """
import django, json, sys
django.setup()
from django.core.management import call_command
call_command("collectstatic", interactive=False, verbosity=0)
from django.test import Client
client = Client(headers={"host": "help.example.com"})
said = {}
for name, address in {"page": "/about-ai/", "login": "/admin/login/", "lost": "/x/"}.items():
    response = client.get(address, secure=True)
    cookies = [morsel.OutputString() for morsel in response.cookies.values()]
    said[name] = [response.status_code, dict(response.headers), cookies]
response = client.get("/about-ai/")
said["plain"] = [response.status_code, dict(response.headers), []]
client.post("/person/", {}, secure=True)
said["jar"] = [0, {}, [morsel.OutputString() for morsel in client.cookies.values()]]
print(json.dumps(said))
"""


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python with production's environment and nothing of this test run's."""
    own = ("SUPPORTAPP_ENV", "DATABASE_URL", "REDIS_URL", "DATA_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in own}
    return subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=PROJECT,
        env=environment | SAFE | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "changeme"),
        ("DEBUG", "1"),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", "*"),
        ("CSRF_TRUSTED_ORIGINS", "http://help.example.com"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "mysql://x/y"),
        ("REDIS_URL", ""),
        ("DEBUG", "perhaps"),
        ("TRUSTED_PROXIES", "many"),
        ("SUPPORTAPP_ENV", "prod"),
    ],
)
def test_production_refuses_to_start_on_unsafe_values(variable, value):
    ended = run("-c", "import django; django.setup()", **{variable: value})
    assert ended.returncode != 0
    assert variable in ended.stderr.splitlines()[-1]


def test_a_rate_that_cannot_be_read_is_named():
    ended = run("manage.py", "check", RATE_ASK_VISITOR="often")
    assert ended.returncode != 0
    assert "RATE_ASK_VISITOR" in ended.stderr


def test_the_deployment_check_is_clean():
    ended = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="module")
def visit(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list]:
    """What a browser gets from production over TLS, and over plain HTTP."""
    usual = connection.settings_dict
    address = f"{usual['USER']}:{usual['PASSWORD']}@{usual['HOST']}:{usual['PORT']}"
    ended = run(
        "-W",
        "ignore:No directory at:UserWarning",
        "-c",
        VISIT,
        DJANGO_SETTINGS_MODULE="tests.integration.web.production",
        TEST_STATIC_ROOT=str(tmp_path_factory.mktemp("static")),
        DATABASE_URL=f"postgresql://{address}/{usual['NAME']}",
        REDIS_URL=os.environ["REDIS_URL"],
        LOG_LEVEL="ERROR",
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("name", ["page", "login", "lost"])
def test_every_page_is_for_tls_only_for_a_year(visit, name):
    assert int(visit[name][1]["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 31536000


def test_plain_http_is_sent_to_tls(visit):
    status, headers, _ = visit["plain"]
    assert status == 301
    assert headers["Location"] == "https://help.example.com/about-ai/"


def test_cookies_are_kept_from_scripts_other_sites_and_plain_http(visit):
    cookies = [cookie for _, _, sent in visit.values() for cookie in sent]
    assert {cookie.split("=")[0] for cookie in cookies} >= {"__Host-csrf", "__Host-visitor"}
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
