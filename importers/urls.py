from django.urls import path

from importers import views
from importers.sheets import views as sheets

app_name = "importers"
urlpatterns = [
    path("plans/import/", views.upload, name="upload"),
    path("plans/import/<int:pk>/", views.preview, name="import"),
    path("plans/import/<int:pk>/source/", views.source, name="source"),
    path("plans/import/<int:pk>/reading/", views.reading_again, name="reading"),
    path("plans/import/<int:pk>/repairs/", views.repair, name="repair"),
    path("plans/import/<int:pk>/facts/", views.facts, name="facts"),
    path("plans/import/<int:pk>/agencies/", views.agency, name="agency"),
    path("plans/import/<int:pk>/agencies/undone/", views.agency_undone, name="agency-undone"),
    path("plans/import/<int:pk>/confirmation/", views.confirmation, name="confirmation"),
    path("plans/import/<int:pk>/dropping/", views.dropping, name="dropping"),
    path("imports/sheets/", sheets.sheets, name="sheets"),
    path("imports/sheets/<int:pk>/", sheets.sheet_import, name="sheet-import"),
    path("imports/sheets/<int:pk>/confirmation/", sheets.confirmation, name="sheet-confirmation"),
    path("imports/sheets/<int:pk>/dropping/", sheets.dropping, name="sheet-dropping"),
]
