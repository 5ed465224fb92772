"""Addresses of staff's own accounts."""

from django.urls import path

from supportapp.accounts import views

app_name = "accounts"
urlpatterns = [
    path("second-factor/", views.second_factor_page, name="second_factor"),
    path("second-factor/codes/", views.codes, name="codes"),
]
