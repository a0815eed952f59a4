"""The administrator's pages: accounts, agencies and their aliases; nothing of the tasks' content."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from agencies import throttle
from agencies.forms import AccountForm, AgencyForm, AliasForm
from agencies.models import Agency, AgencyAlias, User

admin.site.unregister(Group)


class TidyAdmin(admin.ModelAdmin):
    """Django's pages without what nobody here needs: titles in our order of words, one way to save."""

    change_list_template = "admin/agencies/change_list.html"

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request, {"title": self.opts.verbose_name_plural} | (extra_context or {})
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context |= {
            "title": f"新建{self.opts.verbose_name}" if add else str(obj),
            "subtitle": None,
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            # Windows that open from a form, for what has a page of its own.
            field.widget = field.widget.widget
        return field


def _in_words(field: str, heading: str):
    """A column that says 是 or 否, in place of Django's picture whose alternative text is English."""

    @admin.display(description=heading, ordering=field)
    def words(self, row: models.Model) -> str:
        return "是" if getattr(row, field) else "否"

    return words


class AliasInline(admin.TabularInline):
    model = AgencyAlias
    form = AliasForm
    extra = 0
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
    }
    # Plans of their time name agencies by it: a name that is no longer used gets an end date.
    can_delete = False


@admin.register(Agency)
class AgencyAdmin(TidyAdmin):
    form = AgencyForm
    list_display = ["name", "official_name", "code", "category", "collective", "withdrawn"]
    list_filter = ["category", "is_collective", "is_withdrawn"]
    search_fields = ["name", "official_name", "code", "aliases__name"]
    search_help_text = "按名称、全称、代码或别名查找"
    ordering = ["position", "pk"]
    list_per_page = 60
    # The browser's own controls: Django's for many rows and for dates break our policy for styles.
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    # Taken back through the office's pages alone, which know what rests on the agency.
    readonly_fields = ["withdrawn"]
    fieldsets = [
        (None, {"fields": ["name", "official_name", "code", "category", "position"]}),
        ("单位组", {"fields": ["is_collective", "members"]}),
        ("沿革", {"fields": ["note", "withdrawn"]}),
    ]
    inlines = [AliasInline]
    collective = _in_words("is_collective", "单位组")
    withdrawn = _in_words("is_withdrawn", "登记已撤销")

    def get_fieldsets(self, request, obj=None):
        """Members are asked for where there may be any."""
        if obj and obj.is_collective:
            return self.fieldsets
        return [self.fieldsets[0], ("单位组", {"fields": ["is_collective"]}), self.fieldsets[2]]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        single = Agency.objects.registered().single()
        return super().formfield_for_manytomany(db_field, request, **kwargs | {"queryset": single})

    def has_delete_permission(self, request, obj=None):
        """Plans and their history name agencies: one that is gone gets an alias's end date instead."""
        return False


@admin.register(User)
class AccountAdmin(TidyAdmin, UserAdmin):
    form = add_form = AccountForm
    add_form_template = None
    list_display = [
        "username",
        "label",
        "role",
        "agency",
        "email",
        "active",
        "password_state",
        "last_login",
    ]
    list_display_links = ["username", "label"]
    list_select_related = ["agency"]
    list_filter = ["role", "is_active"]
    search_fields = ["username", "first_name", "email", "agency__name", "agency__official_name"]
    search_help_text = "按账号、名称、邮箱或单位查找"
    list_per_page = 60
    filter_horizontal = []
    readonly_fields = ["password_state", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "first_name", "email"]}),
        ("身份", {"fields": ["role", "agency", "is_active"]}),
        ("登录", {"fields": ["password_state", "last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "first_name", "email"]}),
        ("身份", {"fields": ["role", "agency"]}),
    ]
    actions = ["switch_off", "switch_on", "unlock"]
    change_form_template = "admin/agencies/user/change_form.html"
    active = _in_words("is_active", "启用")

    @admin.display(description="名称")
    def label(self, account: User) -> str:
        return account.label

    @admin.display(description="密码", ordering="one_time_until")
    def password_state(self, account: User) -> str:
        if not account.has_usable_password():
            return "未设置"
        if account.one_time_until is None:
            return "本人已设置"
        ended = account.one_time_password_ended(timezone.now())
        return "一次性密码已过期" if ended else "一次性密码，待本人修改"

    def get_form(self, request, obj=None, change=False, **kwargs):
        """The browser's own menu: some forty agencies, and one widget less that no screen reader can name."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "agency" in form.base_fields:
            offered = Agency.objects.registered().single()
            present = Agency.objects.filter(pk=obj.agency_id if obj else None)
            form.base_fields["agency"].queryset = offered | present
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Nobody switches themselves off, or gives up the role: there might be no other administrator."""
        own = ["role", "agency", "is_active"] if obj == request.user else []
        return [*self.readonly_fields, *own]

    def has_delete_permission(self, request, obj=None):
        """Events name their people: an account that is no longer used is switched off, never deleted."""
        return False

    # --- passwords: made up here, shown once, changed by their owner -----------------------------------

    def get_urls(self):
        """In place of Django's page on which an administrator types somebody's password."""
        own = path(
            "<id>/password/", self.admin_site.admin_view(self.reset_password), name="agencies_user_password"
        )
        return [own, *(each for each in super().get_urls() if each.name != "auth_user_password_change")]

    def reset_password(self, request: HttpRequest, id: str) -> HttpResponse:
        account = self.get_object(request, unquote(id))
        if account is None:
            raise Http404
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        if account == request.user:
            return redirect("password")
        if request.method != "POST":
            return self._page(request, account, "admin/agencies/user/reset_password.html", "重置密码")
        password = account.issue_one_time_password()
        account.save(update_fields=["password", "one_time_until"])
        throttle.forget_failures(account)
        self.log_change(request, account, "重置密码")
        return self._show_once(request, account, password)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.shown_once = obj.issue_one_time_password()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        return self._show_once(request, obj, obj.shown_once)

    def _show_once(self, request: HttpRequest, account: User, password: str) -> HttpResponse:
        """The page itself holds the password: nothing keeps it, and asking again shows another."""
        throttle.log.info(
            "one-time password issued: account=%r by=%r", account.username, request.user.username
        )
        return self._page(
            request, account, "admin/agencies/user/one_time_password.html", "一次性密码", password=password
        )

    def _page(
        self, request: HttpRequest, account: User, template: str, title: str, **facts: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "account": account,
            "title": title,
        }
        return TemplateResponse(request, template, context | facts)

    # --- several at once -------------------------------------------------------------------------------

    @admin.action(description="停用所选账号")
    def switch_off(self, request, accounts):
        self._switch(request, accounts.exclude(pk=request.user.pk), on=False)

    @admin.action(description="启用所选账号")
    def switch_on(self, request, accounts):
        self._switch(request, accounts, on=True)

    def _switch(self, request, accounts, *, on: bool) -> None:
        done = list(accounts.filter(is_active=not on))
        for account in done:
            account.is_active = on
            account.save(update_fields=["is_active"])
            self.log_change(request, account, "启用" if on else "停用")
        messages.success(request, f"已{'启用' if on else '停用'} {len(done)} 个账号。")

    @admin.action(description="解除所选账号的登录锁定")
    def unlock(self, request, accounts):
        failures = {account: throttle.forget_failures(account) for account in accounts}
        for account in (account for account, counted in failures.items() if counted):
            self.log_change(request, account, "解除登录锁定")
        messages.success(request, f"已清除 {sum(map(bool, failures.values()))} 个账号的密码错误次数。")
