"""Addresses that belong to no room."""

from django.urls import path

from supportapp.web import health, metrics, views

app_name = "web"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("about-ai/", views.about_ai, name="about_ai"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("robots.txt", views.robots, name="robots"),
]
