"""Addresses of the privacy room: the customer's own, and staff's."""

from django.urls import path

from supportapp.privacy import views

app_name = "privacy"
urlpatterns = [
    path("history/data/", views.mine, name="mine"),
    path("history/data/export.json", views.export_mine, name="export_mine"),
    path("history/data/erase/", views.erase_mine, name="erase_mine"),
    path("staff/privacy/", views.person, name="person"),
    path("staff/privacy/export.json", views.export_person, name="export_person"),
    path("staff/privacy/erase/", views.erase_person, name="erase_person"),
]
