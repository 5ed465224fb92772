"""Addresses of datasets and runs."""

from django.urls import path

from supportapp.evals.views import datasets, runs

app_name = "evals"
urlpatterns = [
    path("", datasets.dataset_list, name="datasets"),
    path("<int:dataset_id>/", datasets.dataset_page, name="dataset"),
    path("<int:dataset_id>/upload/", datasets.upload, name="upload"),
    path("<int:dataset_id>/sample/", datasets.sample, name="sample"),
    path("<int:dataset_id>/topic/", datasets.of_topic, name="of_topic"),
    path("<int:dataset_id>/export.jsonl", datasets.export, name="export"),
    path("<int:dataset_id>/add/", datasets.add_example, name="add_example"),
    path("<int:dataset_id>/examples/<int:example_id>/", datasets.example_page, name="example"),
    path(
        "<int:dataset_id>/examples/<int:example_id>/remove/",
        datasets.remove_example,
        name="remove_example",
    ),
    path("<int:dataset_id>/run/", runs.start, name="start"),
    path("runs/<int:run_id>/", runs.run_page, name="run"),
    path("runs/<int:run_id>/cancel/", runs.cancel, name="cancel"),
    path("runs/<int:run_id>/go-on/", runs.go_on, name="go_on"),
    path("runs/<int:run_id>/results.csv", runs.export, name="results"),
    path("runs/<int:run_id>/results/<int:result_id>/", runs.result_page, name="result"),
    path("compare/<int:before_id>/<int:after_id>/", runs.compare, name="compare"),
    path("judges/", runs.judges, name="judges"),
]
