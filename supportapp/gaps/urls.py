"""Addresses of gaps, drift, and what articles say twice or not any more."""

from django.urls import path

from supportapp.gaps import upkeep_views, views

app_name = "gaps"
urlpatterns = [
    path("", views.gap_list, name="list"),
    path("read/", views.read_now, name="read_now"),
    path("<int:gap_id>/", views.gap_page, name="gap"),
    path("<int:gap_id>/draft/", views.draft, name="draft"),
    path("<int:gap_id>/snooze/", views.snooze, name="snooze"),
    path("<int:gap_id>/dismiss/", views.dismiss, name="dismiss"),
    path("<int:gap_id>/reopen/", views.reopen, name="reopen"),
    path("<int:gap_id>/rename/", views.rename, name="rename"),
    path("drift/", upkeep_views.drift_page, name="drift"),
    path("drift/golden/", upkeep_views.add_example, name="add_example"),
    path("drift/look/", upkeep_views.look_now, name="look_now"),
    path("articles/", upkeep_views.articles_page, name="articles"),
    path("articles/pairs/<int:pair_id>/dismiss/", upkeep_views.dismiss_pair, name="dismiss_pair"),
    path("articles/pairs/<int:pair_id>/reopen/", upkeep_views.reopen_pair, name="reopen_pair"),
]
