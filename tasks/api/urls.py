from django.urls import path

from tasks.api import views

app_name = "api"
urlpatterns = [
    path("", views.Root.as_view(), name="root"),
    path("plans/", views.Plans.as_view(), name="plans"),
    path("tasks/", views.Tasks.as_view(), name="tasks"),
    path("tasks/<int:pk>/", views.OneTask.as_view(), name="task"),
]
