"""Unsafe production values are refused by name."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from supportapp.web.safety import refuse_unsafe

SAFE = {
    "secret_key": "k3%tq9-zxw8&f2+vb6!mh4@ry7#np5^jc1*gd0$sle(ua)oi=qw",
    "debug": False,
    "allowed_hosts": ["help.example.com"],
    "trusted_origins": ["https://help.example.com"],
    "database_url": "postgresql://db/app",
    "redis_url": "redis://redis/0",
}


def test_safe_values_pass():
    refuse_unsafe(**SAFE)


@pytest.mark.parametrize(
    ("argument", "value", "variable"),
    [
        ("secret_key", "", "SECRET_KEY"),
        ("secret_key", "short", "SECRET_KEY"),
        ("secret_key", "a" * 64, "SECRET_KEY"),
        ("debug", True, "DEBUG"),
        ("allowed_hosts", [], "ALLOWED_HOSTS"),
        ("allowed_hosts", ["*"], "ALLOWED_HOSTS"),
        ("allowed_hosts", ["*.example.com"], "ALLOWED_HOSTS"),
        ("allowed_hosts", [".example.com"], "ALLOWED_HOSTS"),
        ("trusted_origins", ["http://help.example.com"], "CSRF_TRUSTED_ORIGINS"),
        ("trusted_origins", ["https://*.example.com"], "CSRF_TRUSTED_ORIGINS"),
        ("database_url", "", "DATABASE_URL"),
        ("redis_url", "", "REDIS_URL"),
    ],
)
def test_an_unsafe_value_is_refused_by_its_variables_name(argument, value, variable):
    with pytest.raises(ImproperlyConfigured, match=variable) as refused:
        refuse_unsafe(**SAFE | {argument: value})
    others = {"SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"} - {variable}
    assert not [name for name in others if name in str(refused.value)]


def test_every_fault_is_named_at_once():
    with pytest.raises(ImproperlyConfigured) as refused:
        refuse_unsafe(**SAFE | {"secret_key": "", "redis_url": ""})
    assert "SECRET_KEY" in str(refused.value)
    assert "REDIS_URL" in str(refused.value)
