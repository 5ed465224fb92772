"""A second factor: six digits of an authenticator app (TOTP, RFC 6238), or a recovery code.

A password that was reset or guessed opens nothing by itself. Who lost app and codes asks an
administrator for `manage.py reset_second_factor`.
"""

from __future__ import annotations

import secrets
from base64 import b32encode

import segno
from django.contrib.auth.models import User
from django.db import transaction
from django_otp import devices_for_user, match_token, user_has_device
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from supportapp.audit import trail
from supportapp.audit.trail import Action

CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that look like digits


def is_set_up(user: User) -> bool:
    """Say whether the account has a second factor that was tried once."""
    return bool(user_has_device(user))


def begin(user: User) -> TOTPDevice:
    """Return the app's key that waits for its first code; one that was begun goes on."""
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False)
    return device


def picture(device: TOTPDevice) -> str:
    """Return the key as a QR code, an SVG without styles."""
    code = segno.make(device.config_url, error="m")
    return str(code.svg_inline(scale=5, border=4, light="#fff", dark="#000", omitsize=True))


def spelled(device: TOTPDevice) -> str:
    """Return the key in groups of four, to be typed where no camera is."""
    key = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


@transaction.atomic
def confirm(user: User, code: str) -> list[str] | None:
    """Take the app into use by its first code; returns ten recovery codes, None for a wrong code.

    The codes are shown once. An earlier app and earlier codes count no longer.
    """
    device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    if device is None or not device.verify_token(_plain(code)):
        return None
    TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    trail.note(Action.FACTOR_CHANGED, actor=user, subject=f"user {user.pk}", change="set up")
    return _new_codes(user)


def _new_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes")
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(10)) for _ in range(CODES)]
    for code in codes:
        device.token_set.create(token=code)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def check(user: User, code: str) -> Device | None:
    """Return what accepted a code. Wrong ones must wait twice as long each time."""
    plain = _plain(code)
    device = match_token(user, plain) if plain else None
    if device is None:
        trail.note(Action.SIGN_IN_FAILED, actor=user, subject=f"user {user.pk}", factor="second")
    return device


def codes_left(user: User) -> int:
    """Count the recovery codes that weren't used yet."""
    return sum(each.token_set.count() for each in StaticDevice.objects.filter(user=user))


@transaction.atomic
def remove(user: User, by: User | None) -> bool:
    """Take an account's second factor away; False where it has none."""
    devices = [*devices_for_user(user, confirmed=None)]
    for device in devices:
        device.delete()
    if devices:
        trail.note(Action.FACTOR_CHANGED, actor=by, subject=f"user {user.pk}", change="removed")
    return bool(devices)


def _plain(code: str) -> str:
    return code.replace(" ", "").replace("-", "").lower()
