"""
The style guide: every component once, on made-up content. Only where DEBUG is on (`/style/`).

It is the place to look at a component in dark, large type and print before it goes into a page.
"""

from datetime import date
from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from assessments.reports import charts
from assessments.reports.frame import Choice, Frame, keeping_page
from communities.ground.access import public
from communities.ground.models import Job

COUNTS = {
    "met": 2286,
    "not_met": 58,
    "attention": 64,
    "undetermined": 41,
    "not_due": 0,
    "not_applicable": 401,
    "no_rule": 69,
    "reported": 417,
}
STREETS = ("解放路", "千佛山", "趵突泉", "泉城路", "大明湖", "东关", "文东", "建新", "甸柳", "燕山", "姚家", "龙洞")
CELLS = (("met", "100"), ("not_met", "93"), ("attention", "86"), ("undetermined", "80"), ("not_applicable", "—"))


class Sample(forms.Form):
    """A form with every kind of field."""

    name = forms.CharField(label="社区名称", help_text="与批准文件一致")
    area = forms.DecimalField(label="使用面积", help_text="使用面积，不是建筑面积", min_value=Decimal(0))
    from_day = forms.DateField(label="启用日期", widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label="产权", choices=[("own", "自有"), ("rent", "租借"), ("given", "单位提供")])
    level = forms.ChoiceField(
        label="级别", choices=[("a", "街道"), ("b", "社区")], widget=forms.RadioSelect, required=False
    )
    open_daily = forms.BooleanField(label="每天开放", required=False)
    note = forms.CharField(label="说明", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    file = forms.FileField(label="台账文件", help_text="Excel 或 CSV，10 MB 以内", required=False)


@public
def guide(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    wrong = Sample({"name": "", "area": "二百一十", "from_day": "20202-01-01", "kind": "own"})
    context = {
        "frame": _frame(request),
        "verdicts": charts.VERDICTS,
        "parts": charts.stack(COUNTS),
        "small_parts": charts.stack({"met": 135, "not_met": 4}),
        "bars": _bars(),
        "trajectory": _trajectory(),
        "form": wrong,
        "trail": (Choice("规划与指标", "#"), Choice("二（三）居委会队伍", "#"), Choice("居委会成员不少于 5 人", "")),
        "facts": (("文号", "济发〔2007〕13号"), ("印发", "2007-07-09"), ("期限", "未注明"), ("指标", "24 项")),
        "jobs": _jobs(),
        "years": (2007, 2008, 2009, 2010),
        "history": _history(),
        "streets": STREETS,
        "heat": [(name, [CELLS[(i * j + j) % 5] for i in range(len(STREETS))]) for j, name in enumerate(_TARGETS)],
    }
    return render(request, "style/guide.html", context)


_TARGETS = (
    "居委会成员不少于 5 人",
    "居委会成员按每 300 户 1 人配备",
    "老城区用房不少于 150 平方米",
    "用房未出租、抵押或改变用途",
)


def _frame(request: HttpRequest) -> Frame:
    here = request.get_full_path()
    return Frame(
        place_trail=("济南市", "历下区"),
        plan="济发〔2007〕13号 社区建设意见",
        as_of=date(2010, 12, 31),
        address=here,
        places=(
            Choice("济南市", keeping_page(here, place="3701"), "3701"),
            Choice("历下区", keeping_page(here, place="370102"), "370102", is_current=True),
            *(Choice(name, keeping_page(here, place=name), "街道") for name in STREETS),
        ),
        plans=(
            Choice("济发〔2007〕13号 社区建设意见", keeping_page(here, plan="jinan-2007"), "现行", is_current=True),
        ),
        days=tuple(
            Choice(f"{year}-12-31", keeping_page(here, as_of=f"{year}-12-31")) for year in range(2010, 2006, -1)
        ),
        is_example=True,
        data_until=date(2010, 12, 31),
        run_number=2,
        published_on=date(2011, 1, 5),
    )


def _bars() -> charts.BarChart:
    values = ("416.5", "372", "0", None, "186", "152.25", "148")
    verdicts = ("met", "met", "not_met", "undetermined", "met", "met", "not_met")
    names = ("科院路", "中创开元山庄", "羊头峪", "清华园", "和平路", "建达南苑", "环山路")
    rows = [
        charts.Bar(name, None if value is None else Decimal(value), verdict)
        for name, value, verdict in zip(names, values, verdicts, strict=True)
    ]
    return charts.bars(title="各社区用房使用面积", unit="平方米", rows=rows, required=Decimal(150))


def _trajectory() -> charts.Trajectory:
    reached = [
        (date(2007, 6, 30), "48.8"),
        (date(2007, 12, 31), "55.9"),
        (date(2008, 12, 31), "75"),
        (date(2009, 12, 31), "84.5"),
        (date(2010, 12, 31), "91.7"),
    ]
    return charts.trajectory(
        title="老城区用房解决进度",
        unit="%",
        reached=[charts.Reached(day, Decimal(value)) for day, value in reached],
        due=[charts.Due(date(2008, 12, 31), Decimal(100))],
        expected=charts.Reached(date(2011, 12, 31), Decimal(100)),
    )


def _jobs() -> list[Job]:
    return [
        Job(
            process="判定济发〔2007〕13号",
            status=Job.Status.RUNNING,
            stage="按指标判定",
            item="老城区用房不少于 150 平方米",
            done_items=17,
            total_items=24,
        ),
        Job(process="生成历下区报告", status=Job.Status.DONE, log="13 页，2.5 秒"),
        Job(
            process="导入台账",
            status=Job.Status.FAILED,
            error="磁盘已满，文件没有写完，已有报告未受影响。请清理后重新生成。",
        ),
    ]


def _history() -> list[dict[str, object]]:
    met, missed = {"code": "met", "text": "5 / 5"}, {"code": "not_met", "text": "4 / 5"}
    revised = {**missed, "then_code": "met", "then_text": "5 / 5"}
    households = [{"text": number} for number in ("1,496", "1,512", "2,096", "2,140")]
    return [
        {"label": "成员 ÷ 最低", "cells": [met, met, revised, missed]},
        {"label": "户数", "cells": households},
    ]


@public
def job(request: HttpRequest) -> HttpResponse:
    """Show the running job again, as the page of a real one would when it is asked."""
    return render(request, "components/job.html", {"job": _jobs()[0], "poll_url": request.path})


urlpatterns = [path("", guide, name="style-guide"), path("job/", job, name="style-job")]
