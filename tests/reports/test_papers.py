"""The printed report: every figure on its page, every character with a glyph, whole on the disk or not at all."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pypdf
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from assessments.compliance.models import Run
from assessments.reports import actions, rendering
from assessments.reports.contents import AreaReport, check_code, sha256_of
from assessments.reports.models import Report
from assessments.reports.rendering import MissingGlyphsError, OwnFiles
from assessments.reports.templatetags.paper import grouped, hanzi, stretch
from communities.ground import clock, jobs
from communities.ground.models import Job, StoredFile
from tests.factories.reports import small_city

CITY, DISTRICT, STREET, COMMUNITY = "370100000000", "370102000000", "370102001000", "370102001001"
LEVELS = [CITY, DISTRICT, STREET, COMMUNITY]
MADE_AT = date(2009, 1, 16)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path) -> Iterator[Path]:
    """Files of a test lie in a folder of its own."""
    storages = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}}
    with override_settings(STORAGES=storages):
        yield tmp_path


@pytest.fixture
def run(db: None) -> Run:
    """A city in which something of every kind is wrong."""
    city = small_city(
        members={COMMUNITY: 3, "370103001003": None},
        rooms={"370102001003": "72.9", "370102001004": "149.999"},
        trainings={"370103000000": 0},
    )
    return city.judged()


def html(run: Run, code: str) -> str:
    with clock.frozen(MADE_AT):
        return rendering.html_of(actions.content_of(run, code), clock.now())


def pages(run: Run, code: str) -> list[str]:
    """The text of each page, without the spaces that stretch the lines."""
    reader = pypdf.PdfReader(BytesIO(rendering.pdf_of(html(run, code)).pdf))
    return ["".join(page.extract_text().split()) for page in reader.pages]


@pytest.mark.slow
@pytest.mark.parametrize("code", LEVELS)
def test_every_paper_is_printed_with_its_names_and_numbers(run: Run, code: str) -> None:
    told = pages(run, code)
    whole = "".join(told)
    content = actions.content_of(run, code)
    assert "".join(content.heading.title.split()) in told[0]
    assert "示例数据" not in told[0]
    assert all(str(one.now) in told[0] for one in content.counts)
    assert actions.content_of(run, code).heading.as_of in whole
    assert "\ufffd" not in whole


@pytest.mark.slow
def test_page_one_stands_alone(run: Run) -> None:
    first = pages(run, CITY)[0]
    content = actions.content_of(run, CITY)
    assert "市委、市政府：" in first
    assert "二、主要指标" not in first
    assert isinstance(content, AreaReport)
    for problem in content.top:
        assert "".join(problem.summary.split()) in first
    assert "整改建议见第五部分" in first


@pytest.mark.slow
def test_the_foot_says_as_of_when_by_what_and_how_to_check(run: Run) -> None:
    content = actions.content_of(run, STREET)
    code = check_code(sha256_of(content))
    first = pages(run, STREET)[0]
    for told in ("数据截止2008年12月31日", "生成2009年1月16日12时00分", "规划第1版", f"批次{run.pk}", code):
        assert told in first
    assert "区划代码采用2023年版" in first
    assert "—1—" in first


@pytest.mark.slow
def test_the_file_names_its_language_title_and_chapters(run: Run) -> None:
    reader = pypdf.PdfReader(BytesIO(rendering.pdf_of(html(run, DISTRICT)).pdf))
    assert reader.metadata is not None
    assert reader.metadata.title == "关于历下区2008年度社区建设规划实施情况的报告"
    assert str(reader.root_object["/Lang"]) == "zh-Hans"
    assert reader.root_object["/MarkInfo"]["/Marked"]  # type: ignore[index]
    chapters = [entry.title for entry in _flat(reader.outline)]
    assert [title for title in chapters if title.startswith(("一、", "二、", "三、", "四、", "五、"))] == [
        "一、总体情况",
        "二、主要指标完成情况",
        "三、存在问题",
        "四、数据缺失情况",
        "五、整改建议",
    ]


def _flat(outline: list) -> list:  # type: ignore[type-arg]
    return [one for entry in outline for one in (_flat(entry) if isinstance(entry, list) else [entry])]


@pytest.mark.parametrize("code", LEVELS)
def test_the_html_says_everything_the_content_says(run: Run, code: str) -> None:
    content = actions.content_of(run, code)
    bare = "".join(html(run, code).replace("<s> </s>", "").split())
    for text in _told(content):
        assert "".join(str(stretch(text)).replace("<s> </s>", "").split()) in bare, text


def _told(content: object) -> Iterator[str]:
    """Every figure and sentence of a content that must be on paper."""
    for name in ("overview", "judgement", "introduction", "pointer", "gaps_text", "addressee"):
        yield getattr(content, name, "")
    for name in ("lines", "gaps", "facts", "identity", "definitions", "suggestions", "problems", "top"):
        for one in getattr(content, name, ()):
            if isinstance(one, str):
                yield one
                continue
            told = {key: value for key, value in vars(one).items() if isinstance(value, str)}
            yield from (told[key] for key in told if key not in ("verdict", "brief", "summary"))
    for group in getattr(content, "groups", ()):
        for line in group.lines:
            counted = () if group.is_own else (str(line.met), line.missed, line.rate)
            yield from (line.label, line.required, line.measured, line.change, *counted)


def test_a_draft_is_marked_on_every_page(db: None) -> None:
    text = html(small_city(draft=True).judged(), STREET)
    assert '<div class="watermark">征求意见稿</div>' in text
    assert "征求意见稿，不具约束力" in text


def test_a_character_without_a_glyph_ends_the_job_and_is_named(run: Run) -> None:
    with pytest.raises(MissingGlyphsError, match=r"U\+E123"):
        rendering.pdf_of("<p>社区\ue123</p>")


def test_paper_fetches_its_own_files_only() -> None:
    with pytest.raises(ValueError, match="own files"):
        OwnFiles().fetch("file:///etc/passwd")
    with pytest.raises(ValueError, match="own files"):
        OwnFiles().fetch("https://example.org/a.css")
    assert b"@page" in OwnFiles().fetch(f"{rendering.STATIC}css/print.css").read()


@pytest.mark.parametrize("path", ["../config/settings.py", "css/../../manage.py", "/etc/passwd"])
def test_no_address_leads_out_of_the_static_files(path: str) -> None:
    with pytest.raises(Exception, match=r"static file|outside|located"):
        OwnFiles().fetch(f"{rendering.STATIC}{quote(path)}")


@pytest.mark.slow
def test_what_says_the_same_is_printed_once(run: Run) -> None:
    first = actions.print_report(run, COMMUNITY)
    again = actions.print_report(run, COMMUNITY)
    assert first == again
    assert StoredFile.objects.count() == 1
    assert first.file.name == "青龙街社区规划指标评估表.pdf"
    assert len(first.check_code) == 16


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_job_leaves_the_paper_as_its_artefact(run: Run) -> None:
    job = jobs.run_now(jobs.submit("report", prefix="370102", run=run.pk, place=COMMUNITY))
    assert job.status == Job.Status.DONE
    assert job.artefact is not None
    with job.artefact.file.open("rb") as kept:
        assert kept.read(5) == b"%PDF-"
    assert Report.objects.get().check_code in job.log


@contextmanager
def a_full_disk(room: int = 20_000) -> Iterator[None]:
    """No file may grow beyond `room` bytes: the machine itself refuses the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_nothing_half_written(db: None, own_folder: Path) -> None:
    with a_full_disk(), pytest.raises(OSError, match=r"too large|No space"):
        StoredFile.keep(b"x" * 100_000, name="报告.pdf", content_type="application/pdf", prefix="3701")
    assert not StoredFile.objects.exists()
    assert [path for path in own_folder.rglob("*") if path.is_file()] == []


@pytest.mark.slow
def test_the_command_on_a_full_disk_says_so_and_leaves_nothing(run: Run, own_folder: Path) -> None:
    output = own_folder / "报告.pdf"
    output.write_bytes(b"the report of last year")
    with a_full_disk(), pytest.raises(CommandError, match=r"报告\.pdf"):
        _render(output)
    assert output.read_bytes() == b"the report of last year"
    assert [path.name for path in own_folder.rglob("*") if path.is_file()] == ["报告.pdf"]
    assert not Report.objects.exists()


@pytest.mark.slow
def test_the_command_writes_the_file_and_says_what_it_is(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "青龙街.pdf"
    _render(output)
    assert output.read_bytes().startswith(b"%PDF-")
    assert Report.objects.get().check_code in capsys.readouterr().out


def _render(output: Path, **changed: str) -> None:
    options = {"plan": "small", "within": COMMUNITY, "as_of": "2008-12-31", **changed}
    call_command("render_report", output=output, **options)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"as_of": "2009-12-31"}, "manage.py evaluate --plan small --as-of 2009-12-31 --publish"),
        ({"plan": "nothing"}, "nothing"),
        ({"within": "37010200100"}, "37010200100"),
        ({"within": "370199000000"}, "370199000000"),
        ({"as_of": "31.12.2008"}, "2008-12-31"),
    ],
)
def test_a_wrong_order_is_one_clear_sentence(run: Run, tmp_path: Path, changed: dict[str, str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        _render(tmp_path / "a.pdf", **changed)
    assert not (tmp_path / "a.pdf").exists()


def test_other_kinds_of_files_are_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"a\.docx"):
        _render(tmp_path / "a.docx")


def test_lines_give_after_punctuation_and_beside_digits() -> None:
    assert stretch("用房，差77.1平方米。") == "用房，<s> </s>差<s> </s>77.1<s> </s>平方米。"
    assert stretch("（一）、乙") == "（一）、<s> </s>乙"
    assert stretch("a<b") == "a&lt;b"
    assert stretch("社区（1个），《意见》") == "社区（1<s> </s>个），《意见》"


@pytest.mark.slow
@pytest.mark.parametrize("lines", range(0, 18, 2))
def test_the_signature_never_stands_alone_on_a_page(run: Run, lines: int) -> None:
    """However long the text before it is, there is some of it on the page of the signature."""
    more = "<p>多出来的一行。</p>" * lines
    before = '<div class="attachments">'
    told = html(run, STREET)
    assert told.count(before) == 1
    reader = pypdf.PdfReader(BytesIO(rendering.pdf_of(told.replace(before, more + before)).pdf))
    texts = ["".join(page.extract_text().split()) for page in reader.pages]
    (signed,) = (text for text in texts if "（制发单位）" in text)
    head, _found, _rest = signed.partition("附件：")
    assert "。" in head, signed


def test_numbers_of_headings_are_chinese() -> None:
    assert [hanzi(number) for number in (1, 10, 11, 20, 35)] == ["一", "十", "十一", "二十", "三十五"]
    assert grouped("7f3a91c20b6ed458") == "7f3a 91c2 0b6e d458"
