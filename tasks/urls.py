from django.urls import path

from tasks.views import (
    acceptances,
    agencies,
    desk,
    ledger,
    overview,
    plan,
    review,
    saved_views,
    search,
    site,
    status,
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
    path("my/", desk.desk, name="desk"),
    path("agencies/", agencies.agencies, name="agencies"),
    path("agencies/<int:pk>/", agencies.agency, name="agency"),
    path("review/", review.queue, name="review"),
    path("review/acceptances/", acceptances.acceptances, name="acceptances"),
    path("review/<int:pk>/", review.report, name="reviewed_report"),
    path("review/<int:pk>/acceptance/", review.acceptance, name="acceptance"),
    path("review/<int:pk>/return/", review.returned, name="return"),
]
