"""CSV files and Excel workbooks with a question and an answer in each row."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from supportapp.knowledge import plaintext
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.formats.fields import Fields, slug_of
from supportapp.knowledge.formats.jsonl import record_source
from supportapp.knowledge.formats.records import ReadOptions, Record, Refused, SourceFile
from supportapp.knowledge.formats.sniffing import decoded
from supportapp.knowledge.values import Refusal

MOST_ROWS = 200_000
HEADER_ROWS = 10
COLUMNS = {
    "title": "question questions q title faq query 问题 提问 标题 问 客户问题 用户问题 题目 問題",
    "body": "answer answers a text body content response reply 回答 答案 答 内容 回复 答复 解答",
    "id": "id key identifier 编号 編號",
    "audience": "audience visibility 受众 可见范围 适用对象 對象",
    "tags": "tags tag labels category categories topic section 标签 分类 类别 標籤 分類",
    "language": "language lang locale 语言 語言",
    "subject": "subject product entity 主题 产品 產品 主題",
    "aliases": "aliases alias synonyms 别名 同义词 近义词 別名",
    "owner": "owner 负责人",
}
_NAMES = {name: field for field, names in COLUMNS.items() for name in names.split()}
Row = Sequence[str]


def read_csv(file: SourceFile, data: bytes, options: ReadOptions) -> Iterator[Record | Refusal]:
    """Yield a CSV file's articles; commas, semicolons, tabs and bars may separate its columns."""
    text = decoded(data)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:20_000], ",;\t|")
    except csv.Error:
        dialect = csv.excel_tab if file.suffix == ".tsv" else csv.excel
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), dialect, strict=False))
    except csv.Error as error:
        raise Refused(f"its rows can't be told apart ({error})") from None
    yield from _table(file, "", rows, options)


def read_xlsx(file: SourceFile, data: bytes, options: ReadOptions) -> Iterator[Record | Refusal]:
    """Yield the articles of every sheet that has a question and an answer column."""
    found = False
    for sheet, rows in _sheets(data):
        if _header(rows) is not None:
            found = True
            yield from _table(file, sheet, rows, options)
    if not found:
        raise Refused(_no_columns())


def _sheets(data: bytes) -> Iterator[tuple[str, list[Row]]]:
    with warnings.catch_warnings():
        # It warns of styles and validations, which nobody here needs.
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = [(sheet.title, _cells(sheet.iter_rows(values_only=True))) for sheet in book]
            book.close()
        except (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError) as error:
            raise Refused(f"the workbook is broken ({type(error).__name__})") from None
    yield from sheets


def _cells(rows: Iterable[Sequence[object]]) -> list[Row]:
    read: list[Row] = []
    for row in rows:
        if len(read) >= MOST_ROWS:
            raise Refused(f"a sheet has more than {MOST_ROWS:,} rows")
        read.append([_cell(value) for value in row])
    return read


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _header(rows: Sequence[Row]) -> tuple[int, dict[str, int]] | None:
    """Find the row that names the columns, among the first ones."""
    for number, row in enumerate(rows[:HEADER_ROWS]):
        columns: dict[str, int] = {}
        for place, cell in enumerate(row):
            field = _NAMES.get(clean_line(cell).lower().rstrip(":：*"))
            if field:
                columns.setdefault(field, place)
        if {"title", "body"} <= columns.keys():
            return number, columns
    return None


def _no_columns() -> str:
    return "it has no columns named question and answer (问题 and 答案 do as well)"


def _table(
    file: SourceFile, sheet: str, rows: Sequence[Row], options: ReadOptions
) -> Iterator[Record | Refusal]:
    header = _header(rows)
    if header is None:
        raise Refused(_no_columns())
    first, columns = header
    seen: set[str] = set()
    place = f"{file.name} sheet {sheet}" if sheet else file.name
    for number, row in enumerate(rows[first + 1 :], start=first + 2):
        if not any(cell.strip() for cell in row):
            continue
        name = f"{place} row {number}"
        try:
            record = _record(name, row, columns, file, options)
            if record.source in seen:
                raise Refused("an earlier row has the same question or id")
        except Refused as error:
            yield Refusal(name, str(error))
        else:
            seen.add(record.source)
            yield record


def _record(
    name: str, row: Row, columns: dict[str, int], file: SourceFile, options: ReadOptions
) -> Record:
    values = {
        field: row[place]
        for field, place in columns.items()
        if place < len(row) and row[place].strip()
    }
    question, body = clean_line(values.get("title", "")), values.pop("body", "")
    if not question:
        raise Refused("it has no question")
    if not body.strip():
        raise Refused("it has no answer")
    identity = clean_line(values.pop("id", "")) or plaintext.digest(question.casefold())[:16]
    fields = Fields.read(dict(values))
    text = fields.article_text(body, audience=options.audience, most=options.max_characters)
    source = record_source(file.source, identity)
    return Record.of(
        name, source, text, slug=slug_of(text.title) or slug_of(identity), owner=fields.owner
    )
