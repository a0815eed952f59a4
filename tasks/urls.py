from django.urls import path

from tasks.views import agencies, desk, ledger, plan, site, status, task

app_name = "tasks"
urlpatterns = [
    path("", site.home, name="home"),
    path("healthz", site.healthz, name="healthz"),
    path("tasks/", ledger.ledger, name="ledger"),
    path("tasks/statuses/", status.statuses, name="statuses"),
    path("tasks/<int:pk>/", task.task, name="task"),
    path("tasks/<int:pk>/status/", status.status, name="status"),
    path("plans/", plan.plans, name="plans"),
    path("plans/<int:pk>/", plan.plan, name="plan"),
    path("my/", desk.desk, name="desk"),
    path("agencies/", agencies.agencies, name="agencies"),
    path("agencies/<int:pk>/", agencies.agency, name="agency"),
]
