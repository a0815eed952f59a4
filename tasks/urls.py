from django.urls import path

from tasks.views import (
    agencies,
    desk,
    ledger,
    overview,
    periods,
    plan,
    saved_views,
    search,
    site,
    status,
    supervision,
    task,
)

app_name = "tasks"
urlpatterns = [
    path("", overview.overview, name="home"),
    path("healthz", site.healthz, name="healthz"),
    path("tasks/", ledger.ledger, name="ledger"),
    path("tasks/columns/", ledger.chosen_columns, name="columns"),
    path("tasks/suggest/", search.suggestions, name="suggestions"),
    path("tasks/statuses/", status.statuses, name="statuses"),
    path("tasks/tabs/", saved_views.tabs, name="tabs"),
    path("tasks/views/new/", saved_views.new_saved_view, name="new_saved_view"),
    path("tasks/views/<int:pk>/", saved_views.saved_view, name="saved_view"),
    path("tasks/views/<int:pk>/removal/", saved_views.removed_saved_view, name="removed_saved_view"),
    path("tasks/<int:pk>/", task.task, name="task"),
    path("tasks/<int:pk>/status/", status.status, name="status"),
    path("plans/", plan.plans, name="plans"),
    path("plans/<int:pk>/", plan.plan, name="plan"),
    path("plans/<int:pk>/periods/", periods.periods, name="periods"),
    path("plans/<int:pk>/periods/<int:key>/opening/", periods.opening, name="opening"),
    path("my/", desk.desk, name="desk"),
    path("agencies/", agencies.agencies, name="agencies"),
    path("agencies/<int:pk>/", agencies.agency, name="agency"),
    path("supervision/", supervision.supervision, name="supervision"),
    path("supervision/reports/", supervision.owed_reports, name="owed_reports"),
    path("supervision/missing/", supervision.missing_reports, name="missing_reports"),
    path("supervision/bulletin/", supervision.bulletin, name="bulletin"),
]
