"""The administrator's pages: accounts, agencies and their aliases; nothing of the tasks' content."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group

from agencies.models import Agency, AgencyAlias, Role, User

admin.site.site_header = "任务跟踪平台 · 系统管理"
admin.site.site_title = "系统管理"
admin.site.index_title = "账号与单位"
admin.site.unregister(Group)


class AliasInline(admin.TabularInline):
    model = AgencyAlias
    extra = 0


@admin.register(Agency)
class AgencyAdmin(admin.ModelAdmin):
    list_display = ["name", "official_name", "code", "category", "is_collective", "is_withdrawn"]
    list_filter = ["category", "is_collective", "is_withdrawn"]
    search_fields = ["name", "official_name", "code", "aliases__name"]
    filter_horizontal = ["members"]
    inlines = [AliasInline]

    def has_delete_permission(self, request, obj=None):
        """Plans and their history name agencies: one that is gone gets an alias's end date instead."""
        return False


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = ["username", "first_name", "role", "agency", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["username", "first_name", "agency__name"]
    autocomplete_fields = ["agency"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("身份", {"fields": ["first_name", "role", "agency", "email", "is_active"]}),
        ("时间", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "first_name", "role", "agency", "password1", "password2"]}),
    ]

    def save_model(self, request, obj, form, change):
        """The administrator's pages follow the role, so that no account keeps them after its role changed."""
        obj.is_staff = obj.is_superuser = obj.role == Role.ADMIN
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request, obj=None):
        """Events name their people: an account that is no longer used is switched off, never deleted."""
        return False
