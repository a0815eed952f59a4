from django.urls import path

from importers import views

app_name = "importers"
urlpatterns = [
    path("", views.upload, name="upload"),
    path("<int:pk>/", views.preview, name="import"),
    path("<int:pk>/source/", views.source, name="source"),
    path("<int:pk>/reading/", views.reading_again, name="reading"),
    path("<int:pk>/repairs/", views.repair, name="repair"),
    path("<int:pk>/facts/", views.facts, name="facts"),
    path("<int:pk>/agencies/", views.agency, name="agency"),
    path("<int:pk>/agencies/undone/", views.agency_undone, name="agency-undone"),
    path("<int:pk>/confirmation/", views.confirmation, name="confirmation"),
    path("<int:pk>/dropping/", views.dropping, name="dropping"),
]
