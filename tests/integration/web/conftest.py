"""Browsers for the tests of what every page shares."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from supportapp.web import limits


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("ada")


@pytest.fixture
def browser(db: None) -> Client:
    """A browser that gets error pages, as browsers do."""
    return Client(raise_request_exception=False)


@pytest.fixture
def admin_browser(browser: Client, admin: User) -> Client:
    browser.force_login(admin)
    return browser


@pytest.fixture(autouse=True)
def asked_again() -> None:
    """No test inherits the quiet time after another one's broken Redis."""
    limits._quiet_until = 0.0
