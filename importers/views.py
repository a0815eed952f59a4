"""/plans/import/: upload or paste, look at what was read and decide, confirm. The office's alone."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import Agency
from importers import preview as previews
from importers import reading
from importers.apply import apply_import
from importers.forms import DocumentForm, EncodingForm, FactsForm, NameForm
from importers.gate import safe_name
from importers.import_plan import Source
from importers.models import DocumentImport, Stage
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


@require_http_methods(["GET", "HEAD", "POST"])
@_for_importers
def upload(request: HttpRequest) -> HttpResponse:
    form = DocumentForm(request.POST, request.FILES) if request.method == "POST" else DocumentForm()
    if request.method != "POST" or not form.is_valid():
        pending = DocumentImport.objects.exclude(stage__in=(Stage.DONE, Stage.DROPPED)).defer("data", "text")
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
        "facts": FactsForm(initial=shown.facts),
        "agencies": Agency.objects.all(),
    }
    return render(request, "importers/preview.html", context)


@require_safe
@_for_importers
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """The document's lines with their numbers, those that a diagnostic speaks of marked."""
    document = _open_import(pk)
    context = {"nav": "import", "document": document, "lines": previews.lines_of(document)}
    return render(request, "importers/source.html", context)


@require_POST
@_for_importers
def reading_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Read once more: after a failure, or with the encoding that the person names."""
    document = _open_import(pk)
    if "encoding" in request.POST:
        form = EncodingForm(request.POST)
        if form.is_valid():
            document.encoding = form.cleaned_data["encoding"]
            document.save(update_fields=["encoding"])
    reading.begin(document)
    return redirect(document)


@require_POST
@_for_importers
def repair(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a repair, or do it again: the document is read anew either way."""
    document = _open_import(pk)
    key = request.POST.get("key", "")[:100]
    document.undone = (
        [k for k in document.undone if k != key] if key in document.undone else [*document.undone, key]
    )
    document.save(update_fields=["undone"])
    reading.begin(document)
    return _back_to_preview(request, document)


@require_POST
@_for_importers
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the plan's head right: what the document says wrongly or not at all."""
    document = _open_import(pk)
    form = FactsForm(request.POST)
    if not form.is_valid():
        context = {"nav": "import", "document": document, "form": form}
        return render(request, "importers/facts.html", context)
    document.amended = previews.amendments(form.cleaned_data)
    document.save(update_fields=["amended"])
    messages.success(request, "发文信息已更正，入库时以此为准。")
    return _back_to_preview(request, document)


@require_POST
@_for_importers
def agency(request: HttpRequest, pk: int) -> HttpResponse:
    """Say once which agency an unknown name means; the register remembers it."""
    document = _open_import(pk)
    form = NameForm(request.POST)
    if form.is_valid():
        name, choice = form.cleaned_data["name"], form.cleaned_data["agency"]
        try:
            if choice == NameForm.NEW:
                workflow.register_agency(name, by=request.user)
                messages.success(request, f"已登记新单位“{name}”。")
            else:
                meant = get_object_or_404(Agency, pk=int(choice) if choice.isdecimal() else 0)
                workflow.remember_alias(meant, name, by=request.user)
                messages.success(request, f"“{name}”已记为“{meant}”的别名，以后自动识别。")
        except workflow.Refused as refusal:
            messages.error(request, str(refusal))
    return _back_to_preview(request, document)


@require_http_methods(["GET", "HEAD", "POST"])
@_for_importers
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """The last look; what is confirmed is exactly what was shown, told by its digest."""
    document = _open_import(pk)
    if document.stage != Stage.READY:
        return redirect(document)
    shown = previews.of(document)
    if not shown.can_be_confirmed:
        messages.error(request, f"还有 {len(shown.to_do)} 处需要处理，处理后才能入库。")
        return redirect(document)
    if request.method != "POST":
        return render(
            request, "importers/confirmation.html", {"nav": "import", "document": document, "preview": shown}
        )
    if request.POST.get("digest") != shown.plan.digest:
        messages.error(request, "核对之后数据有了变化，没有入库。请按现在的内容重新核对。")
        return redirect("importers:confirmation", pk=pk)
    try:
        plan = apply_import(shown.plan, by=request.user)
    except workflow.Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(document)
    DocumentImport.objects.filter(pk=pk).update(stage=Stage.DONE, plan=plan)
    messages.success(request, f"《{plan.title}》已入库，共 {len(shown.plan.steps)} 项任务。")
    return redirect(plan)


@require_POST
@_for_importers
def dropping(request: HttpRequest, pk: int) -> HttpResponse:
    DocumentImport.objects.filter(pk=_open_import(pk).pk).update(stage=Stage.DROPPED)
    messages.success(request, "已取消导入，没有写入任何内容。")
    return redirect("importers:upload")


def _open_import(pk: int) -> DocumentImport:
    return get_object_or_404(DocumentImport.objects.exclude(stage=Stage.DROPPED), pk=pk)


def _back_to_preview(request: HttpRequest, document: DocumentImport) -> HttpResponseRedirect:
    """To the place in the preview where the decision was made."""
    place = request.POST.get("place", "")
    return redirect(f"{document.get_absolute_url()}{place if place.startswith(('?', '#')) else ''}")
