"""Every address, its faces, and before whom each is looked at: the table of test_every_page."""

SEE_EVERYTHING = ("office", "leader", "auditor", "admin")
SIGNED_IN = (*SEE_EVERYTHING, "agency")
# "stranger" is the contact of an agency that no plan names; "newcomer" has a one-time password still.
PEOPLE = ("anonymous", *SIGNED_IN, "stranger", "newcomer")

# Address by name -> its faces, each with those before whom it is looked at.
PAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "tasks:home": {
        "/?plan={plan}": SEE_EVERYTHING,
        "/?plan={plan}&as_of=2024-06-30&heat=rate": ("leader",),
    },
    "tasks:ledger": {
        "/tasks/?plan={plan}": SIGNED_IN,
        "/tasks/": ("stranger",),
        "/tasks/?plan={plan}&status=delayed&q=办&sort=-progress&group=lead&per_page=15": ("office",),
        "/tasks/?q=没有这样的任务": ("office",),
        "/tasks/?plan=0&status=done&per_page=15": ("agency",),
        "/tasks/?plan={plan}&as_of=2024-06-30&light=red": ("leader",),
    },
    "tasks:columns": {"/tasks/columns/": (*SIGNED_IN, "stranger")},
    "tasks:new_saved_view": {
        "/tasks/views/new/?status=delayed": (*SIGNED_IN, "stranger"),
        "/tasks/views/new/": ("agency",),
    },
    # One's own, or another's who shares it: the office's is nobody else's.
    "tasks:saved_view": {"/tasks/views/{view}/": ("office",)},
    "tasks:statuses": {"/tasks/statuses/?plan={plan}": ("office",)},
    "tasks:task": {
        "/tasks/{task}/": SIGNED_IN,
        "/tasks/{shared_task}/?next=/tasks/%3Fplan%3D{plan}": ("office", "agency"),
    },
    "tasks:status": {"/tasks/{task}/status/": ("office",)},
    "tasks:plans": {"/plans/": ("stranger",)},
    "tasks:plan": {"/plans/{plan}/": SIGNED_IN, "/plans/{older_plan}/#task-5": ("agency",)},
    "tasks:desk": {"/my/?plan={plan}": ("agency",), "/my/": ("stranger",)},
    "tasks:agencies": {
        "/agencies/?plan={plan}": SEE_EVERYTHING,
        "/agencies/?plan={plan}&q=农业部&sort=-led": ("office",),
    },
    "tasks:agency": {
        "/agencies/{agency}/?plan={plan}": SIGNED_IN,
        "/agencies/{collective}/": ("office",),
    },
    "tasks:own_reports": {"/my/reports/?plan={plan}": ("agency",), "/my/reports/": ("stranger",)},
    # The office signs, writes and objects for the tasks that it has itself.
    "tasks:receipts": {"/my/receipts/?plan={plan}": ("agency", "office"), "/my/receipts/": ("stranger",)},
    "tasks:report_form": {"/tasks/{open_task}/reports/{period}/": ("agency", "office")},
    "tasks:report": {"/reports/{report}/": SIGNED_IN},
    "tasks:report_sources": {"/reports/{own_draft}/sources/": ("agency",)},
    "tasks:dispute": {"/tasks/{open_task}/dispute/": ("agency", "office")},
    "tasks:extension": {"/tasks/{open_task}/extension/": ("agency",)},
    "tasks:review": {
        "/review/?plan={plan}": SEE_EVERYTHING,
        "/review/?plan={plan}&state=returned": ("office",),
        "/review/?plan={plan}&state=extension": ("office",),
        "/review/?plan={plan}&state=disputed": ("office",),
    },
    "tasks:reviewed_report": {"/review/{waiting_report}/": SEE_EVERYTHING},
    "tasks:acceptances": {"/review/acceptances/?plan={plan}": ("office",)},
    "tasks:decision": {"/extensions/{request}/decision/": ("office",)},
    "tasks:answer": {"/receipts/{objection}/answer/": ("office",)},
    "tasks:assignments": {"/tasks/{task}/assignments/": ("office",)},
    "tasks:supervision": {
        "/supervision/?plan={plan}": SEE_EVERYTHING,
        "/supervision/?plan={plan}&as_of=2024-08-01": ("leader",),
    },
    "tasks:owed_reports": {"/supervision/reports/?plan={plan}": SEE_EVERYTHING},
    "tasks:missing_reports": {"/supervision/missing/?plan={plan}": SEE_EVERYTHING},
    "tasks:bulletin": {"/supervision/bulletin/?plan={plan}": SEE_EVERYTHING},
    "tasks:periods": {"/plans/{plan}/periods/": SEE_EVERYTHING},
    "tasks:opening": {"/plans/{plan}/periods/{period}/opening/": ("office",)},
    "tasks:reminders": {"/reminders/?plan={plan}": SEE_EVERYTHING},
    "tasks:new_reminder": {"/reminders/new/?plan={plan}": ("office",)},
    "tasks:notices": {"/notices/": (*SIGNED_IN, "stranger")},
    "exporters:exports": {
        "/exports/?plan={plan}": SIGNED_IN,
        "/exports/": ("stranger",),
    },
    "exporters:fillings": {
        "/exports/fillings/?plan={plan}": ("office",),
        "/exports/fillings/?plan={older_plan}&period={older_period}": ("office",),
    },
    "exporters:bundle": {
        "/exports/fillings/{packed}/": ("office",),
        "/exports/fillings/{packing}/": ("office",),
        "/exports/fillings/{torn}/": ("office",),
    },
    "importers:sheets": {"/imports/sheets/": ("office", "agency", "stranger")},
    # One's own alone.
    "importers:sheet-import": {
        "/imports/sheets/{own_sheets}/": ("agency",),
        "/imports/sheets/{brought_sheets}/": ("office",),
    },
    "exporters:snapshots": {
        "/exports/snapshots/?plan={plan}": SEE_EVERYTHING,
        "/exports/snapshots/?plan={older_plan}": ("office",),
    },
    "importers:upload": {"/plans/import/": ("office",)},
    "importers:import": {
        "/plans/import/{small}/": ("office",),
        "/plans/import/{corrected}/?show=changes": ("office",),
        "/plans/import/{unreadable}/": ("office",),
        "/plans/import/{waiting}/": ("office",),
    },
    "importers:source": {"/plans/import/{small}/source/": ("office",)},
    "importers:confirmation": {"/plans/import/{corrected}/confirmation/": ("office",)},
    "login": {"/accounts/login/": ("anonymous",)},
    "password": {"/accounts/password/": (*SIGNED_IN, "stranger", "newcomer")},
    "reset": {"/accounts/reset/": ("anonymous",)},
    "reset-sent": {"/accounts/reset/sent/": ("anonymous",)},
    "reset-confirm": {"{link}": ("anonymous",), "/accounts/reset/MQ/used/": ("anonymous",)},
    "admin:index": {"/admin/": ("admin",)},
    "admin:app_list": {"/admin/agencies/": ("admin",)},
    "admin:agencies_user_changelist": {"/admin/agencies/user/": ("admin",)},
    "admin:agencies_user_add": {"/admin/agencies/user/add/": ("admin",)},
    "admin:agencies_user_change": {"/admin/agencies/user/{contact}/change/": ("admin",)},
    "admin:agencies_user_password": {"/admin/agencies/user/{contact}/password/": ("admin",)},
    "admin:agencies_user_history": {"/admin/agencies/user/{contact}/history/": ("admin",)},
    "admin:agencies_agency_changelist": {
        "/admin/agencies/agency/": ("admin",),
        "/admin/agencies/agency/?q=没有": ("admin",),
    },
    "admin:agencies_agency_add": {"/admin/agencies/agency/add/": ("admin",)},
    "admin:agencies_agency_change": {
        "/admin/agencies/agency/{agency}/change/": ("admin",),
        "/admin/agencies/agency/{collective}/change/": ("admin",),
    },
    "admin:agencies_agency_history": {"/admin/agencies/agency/{agency}/history/": ("admin",)},
}
# Pages that are the same whoever asks.
ALIKE = {"reset", "reset-sent", "reset-confirm"}
# Addresses that answer nobody with a page of their own, each as somebody might open it.
NO_PAGES = {
    "tasks:healthz": "/healthz",
    "api:root": "/api/v1/",
    "api:plans": "/api/v1/plans/",
    "api:tasks": "/api/v1/tasks/",
    "api:task": "/api/v1/tasks/{task}/",
    "tasks:suggestions": "/tasks/suggest/?q=地理",
    "tasks:tabs": "/tasks/tabs/",
    "tasks:undoing": "/events/1/undoing/",
    "tasks:removed_saved_view": "/tasks/views/{view}/removal/",
    "tasks:report_draft": "/tasks/{open_task}/reports/{period}/draft/",
    "tasks:report_submission": "/reports/{report}/submission/",
    "tasks:report_withdrawal": "/reports/{report}/withdrawal/",
    "tasks:report_attachments": "/reports/{report}/attachments/",
    "tasks:attachment": "/attachments/1/",
    "tasks:attachment_removal": "/attachments/1/removal/",
    "tasks:extension_withdrawal": "/extensions/{request}/withdrawal/",
    "tasks:acceptance": "/review/{waiting_report}/acceptance/",
    "tasks:return": "/review/{waiting_report}/return/",
    "tasks:bell": "/notices/bell/",
    "tasks:all_read": "/notices/reading/",
    "tasks:read": "/notices/1/reading/",
    "exporters:supervision": "/exports/supervision.xlsx?plan={plan}",
    "exporters:bulletin": "/exports/bulletin.xlsx?plan={plan}",
    "exporters:filling": "/exports/filling.xlsx?period={period}&agency={agency}",
    "exporters:bundle_file": "/exports/fillings/{packed}/sheets.zip",
    "importers:sheet-confirmation": "/imports/sheets/{own_sheets}/confirmation/",
    "importers:sheet-dropping": "/imports/sheets/{own_sheets}/dropping/",
    "sheet-corrections": "/imports/sheets/{own_sheets}/corrections.xlsx",
    "exporters:snapshot": "/exports/snapshots/{frozen}.xlsx",
    "exporters:comparison": "/exports/snapshots/comparison.xlsx?before={frozen}&after={later_frozen}",
    "exporters:chosen": "/exports/chosen/?book=ledger&scope=all",
    "exporters:annual_report": "/exports/annual-report.xlsx?plan={plan}",
    "exporters:breakdown": "/exports/breakdown.xlsx?plan={plan}",
    "exporters:ledger": "/exports/ledger.xlsx?plan={plan}",
    **{
        f"importers:{name}": f"/plans/import/{{small}}/{path}/"
        for name, path in {
            "reading": "reading",
            "repair": "repairs",
            "facts": "facts",
            "agency": "agencies",
            "agency-undone": "agencies/undone",
            "dropping": "dropping",
        }.items()
    },
    "logout": "/accounts/logout/",
    "presence": "/accounts/presence/",
    "theme": "/accounts/theme/",
    "admin:login": "/admin/login/",
    "admin:logout": "/admin/logout/",
    "admin:autocomplete": "/admin/autocomplete/?app_label=agencies&model_name=user&field_name=agency",
    "admin:jsi18n": "/admin/jsi18n/",
    "admin:password_change": "/admin/password_change/",
    "admin:password_change_done": "/admin/password_change/done/",
    "admin:view_on_site": "/admin/r/1/1/",
    "admin:agencies_user_delete": "/admin/agencies/user/{contact}/delete/",
    "admin:agencies_agency_delete": "/admin/agencies/agency/{agency}/delete/",
    # Old addresses of Django's, and whatever nobody has thought of.
    "admin:None": "/admin/nowhere/",
}
