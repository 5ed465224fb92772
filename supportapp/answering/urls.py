"""Addresses of the staff's trial page and of the X-ray."""

from django.urls import path

from supportapp.answering import views, xray_views

app_name = "answering"
urlpatterns = [
    path("try/", views.try_draft, name="try"),
    path("xray/", xray_views.xray, name="xray"),
]
