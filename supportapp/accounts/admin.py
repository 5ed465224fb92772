"""Keys of second factors are shown to nobody: the library's own pages would."""

from django.contrib import admin
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

admin.site.unregister((TOTPDevice, StaticDevice))
