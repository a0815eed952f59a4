"""/plans/import/: upload or paste, look at what was read and decide, confirm. The office's alone."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Agency
from importers import preview as previews
from importers import reading
from importers.apply import apply_import
from importers.forms import DocumentForm, EncodingForm, FactsForm, NameForm
from importers.gate import safe_name
from importers.import_plan import Source
from importers.learnt import learnt
from importers.models import DocumentImport, Stage
from importers.parsed import ParsedPlan
from importers.reconcile import names_in
from tasks import permissions, workflow

View = Callable[..., HttpResponse]
# Of one section on one page. Plans have at most some forty; a document that has thousands is none.
MOST_TASKS = 300


def _for_importers(view: View) -> View:
    """Imports are the office's: whoever may not import is refused before anything is looked up."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not permissions.can_import_plans(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def _for_decisions(view: View) -> View:
    """What decides something about an import that is not confirmed yet, by POST.

    Whoever opens such an address, say by loading the page again after an error, is led to the preview.
    """

    @wraps(view)
    def guarded(request: HttpRequest, pk: int) -> HttpResponse:
        document = _open_import(pk)
        if request.method != "POST" or document.stage == Stage.DONE:
            return redirect(document)
        DocumentImport.objects.filter(pk=pk).update(heard_at=timezone.now())  # not forgotten: see KEPT
        return view(request, document)

    return require_http_methods(["GET", "HEAD", "POST"])(_for_importers(guarded))


@require_http_methods(["GET", "HEAD", "POST"])
@_for_importers
def upload(request: HttpRequest) -> HttpResponse:
    form = DocumentForm(request.POST, request.FILES) if request.method == "POST" else DocumentForm()
    if request.method != "POST" or not form.is_valid():
        DocumentImport.objects.forgotten(timezone.now()).drop()
        pending = DocumentImport.objects.unfinished().defer("data", "text", "parsed")
        context = {"nav": "import", "form": form, "pending": pending.select_related("by__agency")}
        return render(request, "importers/upload.html", context)
    file, text = form.cleaned_data["file"], form.cleaned_data["text"]
    data = file.read() if file else text.encode()
    document = DocumentImport.objects.create(
        name=(safe_name(file.name) or "未命名文件") if file else "粘贴的文本",
        data=data,
        digest=Source.of(data, name="").digest,
        encoding="" if file else "utf-8",
        by=request.user,
    )
    reading.begin(document)
    return redirect(document)


@require_safe
@_for_importers
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What was read, with its diagnostics; or how far the reading is, or why there is nothing to see."""
    document = _open_import(pk)
    if document.stage == Stage.DONE:
        return redirect(document.plan)
    if document.stage == Stage.READING:
        template = "importers/_reading.html" if request.htmx else "importers/reading.html"
        return render(request, template, {"nav": "import", "document": document})
    if request.htmx:
        # The page that waited goes to the preview, or to the reason why there is none.
        return HttpResponse(headers={"HX-Redirect": document.get_absolute_url()})
    if document.stage == Stage.FAILED:
        context = {"nav": "import", "document": document, "form": EncodingForm()}
        return render(request, "importers/failed.html", context)
    shown = previews.of(document)
    part = shown.part(request.GET.get("part", ""))
    context = {
        "nav": "import",
        "document": document,
        "preview": shown,
        "part": part,
        "shown": shown.tasks_of(part[1].section)[:MOST_TASKS] if part else [],
        "showing": request.GET.get("show", "tasks"),
        "kind": request.GET.get("kind", ""),
        "groups": shown.groups(request.GET.get("kind", "")),
        "facts": FactsForm(initial=shown.facts),
        "agencies": Agency.objects.registered(),
    }
    return render(request, "importers/preview.html", context)


@require_safe
@_for_importers
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """The document's lines with their numbers, those that a diagnostic speaks of marked."""
    document = _open_import(pk)
    context = {"nav": "import", "document": document, "lines": previews.lines_of(document)}
    return render(request, "importers/source.html", context)


@_for_decisions
def reading_again(request: HttpRequest, document: DocumentImport) -> HttpResponse:
    """Read once more: after a failure, or with the encoding that the person names."""
    if "encoding" in request.POST:
        form = EncodingForm(request.POST)
        if not form.is_valid():
            context = {"nav": "import", "document": document, "form": form}
            return render(request, "importers/failed.html", context)
        document.encoding = form.cleaned_data["encoding"]
        document.save(update_fields=["encoding"])
    reading.begin(document)
    return redirect(document)


@_for_decisions
def repair(request: HttpRequest, document: DocumentImport) -> HttpResponse:
    """Undo a repair, or do it again: the document is read anew either way."""
    key = request.POST.get("key", "")[:100]
    document.undone = (
        [k for k in document.undone if k != key] if key in document.undone else [*document.undone, key]
    )
    document.save(update_fields=["undone"])
    reading.begin(document)
    return _back_to_preview(request, document)


@_for_decisions
def facts(request: HttpRequest, document: DocumentImport) -> HttpResponse:
    """Put the plan's head right: what the document says wrongly or not at all."""
    form = FactsForm(request.POST)
    if not form.is_valid():
        context = {"nav": "import", "document": document, "form": form}
        return render(request, "importers/facts.html", context)
    document.amended = previews.amendments(form.cleaned_data)
    document.save(update_fields=["amended"])
    messages.success(request, "发文信息已更正，入库时以此为准。")
    return _back_to_preview(request, document)


@_for_decisions
def agency(request: HttpRequest, document: DocumentImport) -> HttpResponse:
    """Say once which agency an unknown name means; the register remembers it until it is taken back."""
    form = NameForm(request.POST)
    if not form.is_valid():
        name = request.POST.get("name", "")[:100]
        messages.warning(request, f"请先选择“{name}”对应的单位，或登记为新单位。")
        return _back_to_preview(request, document, refused=True)
    name, choice = form.cleaned_data["name"], form.cleaned_data["agency"]
    try:
        if choice == NameForm.NEW:
            workflow.register_agency(name, by=request.user)
            messages.success(request, f"已登记新单位“{name}”，入库前可以撤销。")
        else:
            meant = get_object_or_404(
                Agency.objects.registered(), pk=int(choice) if choice.isdecimal() else 0
            )
            workflow.remember_alias(meant, name, by=request.user)
            messages.success(request, f"“{name}”已记为“{meant}”的别名，以后自动识别；入库前可以撤销。")
    except workflow.Refused as refusal:
        messages.error(request, str(refusal))
        return _back_to_preview(request, document, refused=True)
    return _back_to_preview(request, document)


@_for_decisions
def agency_undone(request: HttpRequest, document: DocumentImport) -> HttpResponse:
    """Take back what was said of a name of this document; it is then unknown again."""
    name = request.POST.get("name", "")
    decided = learnt([name]) if document.parsed and name in names_in(ParsedPlan.load(document.parsed)) else []
    if not decided:
        messages.warning(request, f"“{name[:100]}”没有可以撤销的处理，可能已经撤销。")
        return _back_to_preview(request, document, refused=True)
    try:
        decided[0].take_back(by=request.user)
        messages.success(request, f"已撤销对“{name}”的处理，请重新选择它对应的单位。")
    except workflow.Refused as refusal:
        messages.error(request, str(refusal))
        return _back_to_preview(request, document, refused=True)
    return _back_to_preview(request, document)


@require_http_methods(["GET", "HEAD", "POST"])
@_for_importers
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """The last look; what is confirmed is exactly what was shown, told by its digest."""
    document = _open_import(pk)
    if document.stage != Stage.READY:
        return redirect(document)
    shown = previews.of(document)
    if shown.to_do:
        messages.error(request, f"还有 {len(shown.to_do)} 处需要处理，处理后才能入库。")
        return redirect(document)
    if shown.plan.changes_nothing and request.method != "POST":
        messages.info(request, f"《{shown.plan.facts.title}》与这份文件完全一致，没有需要确认的改动。")
        return redirect(document)
    if request.method != "POST":
        return render(
            request, "importers/confirmation.html", {"nav": "import", "document": document, "preview": shown}
        )
    if request.POST.get("digest") != shown.plan.digest and not shown.plan.changes_nothing:
        messages.error(request, "核对之后数据有了变化，没有入库。请按现在的内容重新核对。")
        return redirect("importers:confirmation", pk=pk)
    try:
        plan, wrote = apply_import(shown.plan, by=request.user)
    except workflow.Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(document)
    DocumentImport.objects.filter(pk=pk).update(stage=Stage.DONE, plan=plan, data=b"")
    if not wrote:
        messages.info(request, f"《{plan.title}》已与这份文件一致，没有需要写入的改动。")
    elif shown.plan.is_new:
        messages.success(request, f"《{plan.title}》已入库，共 {len(shown.plan.steps)} 项任务。")
    else:
        messages.success(request, f"《{plan.title}》已{shown.summary}；状态、进度和操作记录都保留。")
    return redirect(plan)


@_for_decisions
def dropping(request: HttpRequest, document: DocumentImport) -> HttpResponse:
    """Cancel an import, whatever became of its reading, and let go of its document."""
    DocumentImport.objects.unfinished().filter(pk=document.pk).drop()
    messages.success(request, f"已取消导入“{document.name}”，没有写入任何内容。")
    return redirect("importers:upload")


def _open_import(pk: int) -> DocumentImport:
    return get_object_or_404(DocumentImport.objects.exclude(stage=Stage.DROPPED), pk=pk)


def _back_to_preview(
    request: HttpRequest, document: DocumentImport, *, refused: bool = False
) -> HttpResponseRedirect:
    """To the place in the preview where the decision was made; to its top where a refusal has to be read."""
    place = request.POST.get("place", "")
    if refused:
        place = place.partition("#")[0]
    return redirect(f"{document.get_absolute_url()}{place if place.startswith(('?', '#')) else ''}")
