"""Addresses of gaps, drift, and what articles say twice or not any more."""

from django.urls import path

from supportapp.gaps import views

app_name = "gaps"
urlpatterns = [
    path("", views.gap_list, name="list"),
    path("<int:gap_id>/", views.gap_page, name="gap"),
    path("drift/", views.drift_page, name="drift"),
    path("articles/", views.articles_page, name="articles"),
]
