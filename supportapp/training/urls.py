"""Addresses of training data and fine-tuned models."""

from django.urls import path

from supportapp.training import tuning_views, views

app_name = "training"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("consent/", views.decide, name="decide"),
    path("sets/", views.make_set, name="make_set"),
    path("sets/<int:set_id>/cancel/", views.cancel_set, name="cancel_set"),
    path("sets/<int:set_id>/manifest.json", views.manifest, name="manifest"),
    path("sets/<int:set_id>/<slug:split>.jsonl", views.download, name="download"),
    path("synthetic/", views.invent, name="invent"),
    path("synthetic/<int:batch_id>/", views.batch_page, name="batch"),
    path("synthetic/<int:batch_id>/cancel/", views.cancel_batch, name="cancel_batch"),
    path(
        "synthetic/questions/<int:question_id>/dismiss/",
        views.dismiss_question,
        name="dismiss_question",
    ),
    path("models/", tuning_views.start, name="start"),
    path("models/<int:job_id>/", tuning_views.page, name="fine_tuning"),
    path("models/<int:job_id>/cancel/", tuning_views.cancel, name="cancel"),
    path("models/<int:job_id>/compare/", tuning_views.compare, name="compare"),
    path("models/<int:job_id>/use/", tuning_views.put_into_use, name="put_into_use"),
]
