from django.urls import path

from exporters import choosing, filling_views, snapshots, views

app_name = "exporters"
urlpatterns = [
    path("", choosing.exports, name="exports"),
    path("chosen/", choosing.chosen, name="chosen"),
    path("annual-report.xlsx", views.annual_report, name="annual_report"),
    path("breakdown.xlsx", views.breakdown, name="breakdown"),
    path("ledger.xlsx", views.ledger, name="ledger"),
    path("bulletin.xlsx", views.bulletin, name="bulletin"),
    path("supervision.xlsx", views.supervision, name="supervision"),
    path("filling.xlsx", filling_views.filling, name="filling"),
    path("fillings/", filling_views.fillings, name="fillings"),
    path("fillings/<int:pk>/", filling_views.bundle, name="bundle"),
    path("fillings/<int:pk>/sheets.zip", filling_views.bundle_file, name="bundle_file"),
    path("snapshots/", snapshots.snapshots, name="snapshots"),
    path("snapshots/comparison.xlsx", snapshots.comparison, name="comparison"),
    path("snapshots/<int:pk>.xlsx", snapshots.snapshot, name="snapshot"),
]
