"""Addresses of training data and fine-tuned models."""

from django.urls import path

from supportapp.training import views

app_name = "training"
urlpatterns = [
    path("", views.overview, name="overview"),
]
