from django.urls import path

from exporters import views

app_name = "exporters"
urlpatterns = [
    path("annual-report.xlsx", views.annual_report, name="annual_report"),
    path("ledger.xlsx", views.ledger, name="ledger"),
]
