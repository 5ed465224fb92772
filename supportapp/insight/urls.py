"""Addresses of the dashboard, its digest, and the data page."""

from django.urls import path

from supportapp.insight import dashboard_views, views

app_name = "insight"
urlpatterns = [
    path("insight/", dashboard_views.dashboard_page, name="dashboard"),
    path("insight/turns/", dashboard_views.turns, name="turns"),
    path("insight/export.csv", dashboard_views.export, name="dashboard_export"),
    path("insight/digests/", dashboard_views.digest_list, name="digests"),
    path("insight/digests/mail/", dashboard_views.subscribe, name="subscribe"),
    path("insight/digests/<int:digest_id>/", dashboard_views.digest, name="digest"),
    path("data/", views.data, name="data"),
    path("data/export.csv", views.export, name="export"),
]
