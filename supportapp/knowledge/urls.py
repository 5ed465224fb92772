"""The help centre's addresses."""

from django.urls import path

from supportapp.knowledge import views

app_name = "help"
urlpatterns = [
    path("", views.index, name="index"),
    path("<str:slug>/", views.article, name="article"),
]
