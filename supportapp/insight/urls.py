"""Addresses of the data page."""

from django.urls import path

from supportapp.insight import views

app_name = "insight"
urlpatterns = [
    path("", views.data, name="data"),
    path("export.csv", views.export, name="export"),
]
