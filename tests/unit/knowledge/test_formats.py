"""Each format with small real files, broken ones and hostile ones."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from supportapp.knowledge.formats import folders
from supportapp.knowledge.formats.converting import Converter, converter
from supportapp.knowledge.formats.reading import read
from supportapp.knowledge.formats.records import ReadOptions, Record, Refused, SourceFile
from supportapp.knowledge.values import ArticleText, Refusal


@pytest.fixture(scope="module")
def convert() -> Iterator[Converter]:
    with converter() as lent:
        yield lent


@pytest.fixture
def options(convert: Converter) -> ReadOptions:
    return ReadOptions(
        audience="public", max_bytes=5_000_000, max_characters=50_000, convert=convert
    )


def file(name: str, content: bytes | str) -> SourceFile:
    data = content.encode() if isinstance(content, str) else content
    return SourceFile(name, name, len(data), lambda: data)


def texts(source: SourceFile, options: ReadOptions) -> list[ArticleText]:
    return [item.text() for item in read(source, options) if isinstance(item, Record)]


def refusals(source: SourceFile, options: ReadOptions) -> list[str]:
    reasons = [item.reason for item in read(source, options) if isinstance(item, Refusal)]
    return reasons


def refusal_of_words(source: SourceFile, options: ReadOptions) -> str:
    """Return why a file that looks right can't be converted."""
    with pytest.raises(Refused) as caught:
        texts(source, options)
    return str(caught.value)


# Markdown

FRONT = (
    "---\ntitle: Refunds\naudience: {audience}\ntags: [billing, refund]\nowner: me\n"
    "review_by: 2027-05-01\n---\n"
)


def test_markdown_with_front_matter(options: ReadOptions):
    source = file(
        "folder/refund-policy.md", FRONT.format(audience="staff") + "# Refunds\n\nThirty days.\n"
    )

    (record,) = read(source, options)

    assert isinstance(record, Record)
    assert (record.slug, record.slug_is_fixed, record.owner) == ("refund-policy", True, "me")
    text = record.text()
    assert (text.title, text.audience, text.tags) == ("Refunds", "staff", ("billing", "refund"))
    assert text.body == "Thirty days."


def test_markdown_without_front_matter_takes_its_first_heading(options: ReadOptions):
    (text,) = texts(file("a/some-name.md", "# A title\n\nText."), options)
    assert (text.title, text.body) == ("A title", "Text.")


def test_markdown_without_any_title_is_named_after_its_file(options: ReadOptions):
    (text,) = texts(file("a/some-name.md", "Text."), options)
    assert text.title == "Some name"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (FRONT.format(audience="publc") + "x", "audience: must be public, customers or staff"),
        ("---\ntitle: X\naudiense: staff\n---\nx", "is “audience” meant"),
        ("---\ntitle: [\n---\nx", "isn't valid YAML"),
        ("---\n- a\n---\nx", "names and values"),
        ("---\ntitle: X\naudience: staff\nx", "no end"),
        ("---\ntitle: X\nreview_by: soon\n---\nx", "review_by"),
        ("---\ntitle: X\n---\n\n", "no text"),
        (b"\x00\x01\x02 binary", "isn't a text"),
        (b"   ", "empty"),
        ("x" * 60_000, "longer than 50,000 characters"),
        (b"%PDF-1.7 x", "it is a PDF"),
    ],
)
def test_a_broken_markdown_file_is_refused_with_the_reason(
    content, reason: str, options: ReadOptions
):
    (found,) = refusals(file("x.md", content), options)
    assert reason in found


def test_invisible_characters_are_stripped_on_import(options: ReadOptions):
    (text,) = texts(file("x.md", "# T\n\nIg\u200bnore \u202ethis\U000e0041."), options)
    assert text.body == "Ignore this."


def test_yaml_that_makes_objects_is_refused(options: ReadOptions):
    (reason,) = refusals(
        file("x.md", "---\ntitle: !!python/object/apply:os.system [id]\n---\nx"), options
    )
    assert "YAML" in reason


# JSON lines


def test_json_lines_become_articles_and_bad_lines_are_named(options: ReadOptions):
    lines = [
        json.dumps(
            {
                "id": "hotel|0|0",
                "domain": "hotel",
                "entity": "A AND B",
                "title": "Pets?",
                "text": "No.",
            }
        ),
        "{broken",
        json.dumps(["a list"]),
        json.dumps({"id": 7, "text": "No title at all, but quite some words."}),
        json.dumps({"text": "x"}),
        json.dumps({"id": 7, "text": "again"}),
        json.dumps({"id": 8, "text": 5}),
        "[" * 100_000,
    ]

    found = list(read(file("kb/corpus.jsonl", "\n".join(lines)), options))

    good = [item for item in found if isinstance(item, Record)]
    assert [item.source for item in good] == ["kb/corpus.jsonl#hotel|0|0", "kb/corpus.jsonl#7"]
    assert good[0].text().subject == "A AND B"
    assert good[0].text().tags == ("hotel",)
    assert good[1].text().title == "No title at all, but quite some words."
    bad = {item.name: item.reason for item in found if isinstance(item, Refusal)}
    assert list(bad) == [f"kb/corpus.jsonl line {number}" for number in (2, 3, 5, 6, 7, 8)]
    assert "valid JSON" in bad["kb/corpus.jsonl line 2"]
    assert "no id" in bad["kb/corpus.jsonl line 5"]
    assert "earlier line" in bad["kb/corpus.jsonl line 6"]


# Tables


@pytest.mark.parametrize(
    "content",
    [
        "Question,Answer,Audience,Tags\nHow?,So.,customers,a;b\n",
        "question;answer;audience;tags\nHow?;So.;customers;a,b\n",
        "\ufeffQ\tA\tAudience\tTags\nHow?\tSo.\tcustomers\ta|b\n",
        "问题,答案,受众,标签\nHow?,So.,客户,a、b\n",
        "FAQ of the year\n\nQuestion,Answer,Audience,Tags\nHow?,So.,customers,a;b\n",
    ],
)
def test_csv_under_several_headers(content: str, options: ReadOptions):
    (text,) = texts(file("faq.csv", content), options)
    assert (text.title, text.body, text.audience, text.tags) == (
        "How?",
        "So.",
        "customers",
        ("a", "b"),
    )


def test_chinese_csv_in_gb18030(options: ReadOptions):
    rows = (
        "问题,答案\n怎么退款？,首次付款后三十天内可以申请全额退款。\n"
        "怎么取消套餐？,在设置里取消套餐即可。\n"
    )

    first, _ = texts(file("faq.csv", rows.encode("gb18030")), options)

    assert (first.title, first.language) == ("怎么退款？", "zh")


def test_rows_without_a_question_or_answer_are_refused_by_row(options: ReadOptions):
    found = list(read(file("faq.csv", "question,answer\nA?,Yes.\n,No.\nB?,\nA?,Twice.\n"), options))

    bad = [(item.name, item.reason) for item in found if isinstance(item, Refusal)]
    assert bad == [
        ("faq.csv row 3", "it has no question"),
        ("faq.csv row 4", "it has no answer"),
        ("faq.csv row 5", "an earlier row has the same question or id"),
    ]


def test_a_csv_without_the_columns_is_refused(options: ReadOptions):
    assert "question and answer" in refusals(file("a.csv", "a,b\n1,2\n"), options)[0]


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("Empty")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_xlsx_rows_become_articles(options: ReadOptions):
    data = workbook([["ID", "Question", "Answer"], [1, "How?", "So."], [2, "How many?", 12.0]])

    found = [item for item in read(file("faq.xlsx", data), options) if isinstance(item, Record)]

    assert [(item.source, item.text().body) for item in found] == [
        ("faq.xlsx#1", "So."),
        ("faq.xlsx#2", "12"),
    ]


# Converted files


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    document.add_heading("Reset the scanner", 1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.add_heading("Codes", 2)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        table._cells, ("Code", "Meaning", "TB-620", "Update failed"), strict=True
    ):
        cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_word_documents_keep_headings_and_tables(options: ReadOptions):
    (text,) = texts(file("manual.docx", word("Hold the button.", "Wait.")), options)

    assert text.title == "Reset the scanner"
    assert "Hold the button.\n\nWait." in text.body
    assert "## Codes" in text.body
    assert "| TB-620 | Update failed |" in text.body


def pdf(*pages: list[str], password: str | None = None) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A5, encrypt=password)
    canvas.setTitle("Scanner manual")
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.drawString(40, 540 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def test_pdf_lines_are_joined_into_paragraphs(options: ReadOptions):
    data = pdf(["Hold the button for five sec-", "onds until the light is blue.", "Then wait."])

    (text,) = texts(file("manual.pdf", data), options)

    assert text.title == "Scanner manual"
    assert "Hold the button for five seconds until the light is blue. Then wait." in text.body


def test_a_pdf_without_text_is_refused(options: ReadOptions):
    assert "text recognition" in refusal_of_words(file("scan.pdf", pdf([])), options)


def test_a_broken_pdf_is_refused_and_the_next_file_is_read(options: ReadOptions):
    data = pdf(["All is well."])

    assert "broken" in refusal_of_words(file("x.pdf", b"%PDF-1.4 nothing more"), options)
    assert "All is well." in texts(file("y.pdf", data), options)[0].body


def test_a_pdf_with_a_password_is_refused(options: ReadOptions):
    reason = refusal_of_words(file("x.pdf", pdf(["Secret."], password="secret")), options)
    assert "password" in reason


def test_web_pages_lose_menus_and_scripts(options: ReadOptions):
    page = (
        "<!doctype html><html><head><title>Help | Shop</title><script>alert(1)</script></head>"
        "<body>"
        "<nav>Home Shop</nav><main><h1>Return a parcel</h1><p>Print the <b>label</b>.</p>"
        "<ul><li>One</li></ul><aside>Buy more</aside></main><footer>Imprint</footer></body></html>"
    )

    (text,) = texts(file("page.html", page), options)

    assert text.title == "Return a parcel"
    assert text.body == "Print the **label**.\n\n* One"


def test_deeply_nested_html_is_refused(options: ReadOptions):
    reason = refusal_of_words(file("x.html", "<html><p>" + "<div>" * 30_000 + "x"), options)
    assert "nested" in reason


# Files that are not what they say


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.pdf", b"<html>", "isn't a PDF"),
        ("x.docx", b"%PDF-1.4", "but it is a PDF"),
        ("x.xlsx", word("Text."), "but it is a Word document"),
        ("x.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old Office file"),
        ("x.docx", b"PK\x03\x04 nothing", "broken archive"),
        ("x.html", "just words", "holds no HTML"),
        ("x.exe", b"MZ", "can't be read"),
        ("x.jsonl", b"\x00\x00{}", "isn't a text"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(
    name: str, content: bytes, reason: str, options: ReadOptions
):
    (found,) = refusals(file(name, content), options)
    assert reason in found


def archive(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return stream.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(options: ReadOptions):
    bomb = archive(
        {"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a>" + b" " * 60_000_000}
    )

    (reason,) = refusals(file("bomb.docx", bomb), options)

    assert "unpacks to 60 MB" in reason


def test_an_archive_of_countless_files_is_refused(options: ReadOptions):
    many = archive({f"{number}.txt": b"" for number in range(5_100)})
    assert "more than 5,000 files" in refusals(file("many.docx", many), options)[0]


def test_xml_that_declares_entities_is_refused(options: ReadOptions):
    laughs = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>'
    evil = archive({"[Content_Types].xml": b"<a/>", "word/document.xml": laughs})

    assert "declares entities" in refusals(file("evil.docx", evil), options)[0]


def test_a_file_over_the_limit_is_refused_unread(options: ReadOptions):
    def unread() -> bytes:
        raise AssertionError("a file over the limit was read")

    source = SourceFile("big.md", "big.md", 6_000_000, unread)

    assert "larger than 5.0 MB" in refusals(source, options)[0]


def test_a_converter_that_takes_too_long_is_ended(convert: Converter):
    with converter(deadline=0.01) as hasty, pytest.raises(Refused, match="took over"):
        hasty("pdf", pdf(["Slow."]))


# Folders


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")


def test_a_folder_of_data_gives_its_data_alone(tmp_path: Path):
    root = tmp_path / "set"
    write(
        root, {"corpus.jsonl": "{}", "queries.jsonl": "{}", "qrels.tsv": "x", "README.md": "About."}
    )

    found = folders.find([root])

    assert [item.source for item in found.files] == ["set/corpus.jsonl"]
    assert {item.name for item in found.skipped} == {"README.md", "queries.jsonl", "qrels.tsv"}


def test_a_folder_of_articles_gives_articles_with_their_history(tmp_path: Path):
    root = tmp_path / "kb"
    write(
        root,
        {
            "billing/refund.md": "x",
            "billing/refund.history/0001.md": "x",
            "billing/refund.history/0002.md": "x",
            "README.md": "---\ntitle: Read me\n---\nx",
            ".git/config.md": "x",
            "picture.png": "x",
            "workspace.yaml": "name: X",
        },
    )

    found = folders.find([root])

    assert [item.source for item in found.files] == ["kb/README.md", "kb/billing/refund.md"]
    assert [item.stem for item in found.files[1].history] == ["0001", "0002"]
    assert [path.name for path in found.workspace_files] == ["workspace.yaml"]
    assert [item.name for item in found.skipped] == ["picture.png"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path):
    write(tmp_path, {"secret.md": "secret", "kb/a.md": "x"})
    (tmp_path / "kb" / "link.md").symlink_to(tmp_path / "secret.md")

    found = folders.find([tmp_path / "kb"])

    assert [item.name for item in found.files] == ["a.md"]
    assert "link" in found.skipped[0].reason


def test_a_missing_path_is_refused(tmp_path: Path):
    assert folders.find([tmp_path / "nowhere"]).refused[0].reason.startswith("there is no such")
