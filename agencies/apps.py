from django.apps import AppConfig
from django.contrib.admin import apps as admin


class AgenciesConfig(AppConfig):
    name = "agencies"
    verbose_name = "单位与账号"


class AdministrationConfig(admin.AdminConfig):
    """django.contrib.admin with our site in place of its own."""

    default = False  # of this app's
    default_site = "agencies.site.AdministrationSite"
