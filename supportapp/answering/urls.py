"""Addresses of the staff's trial page."""

from django.urls import path

from supportapp.answering import views

app_name = "answering"
urlpatterns = [path("try/", views.try_draft, name="try")]
