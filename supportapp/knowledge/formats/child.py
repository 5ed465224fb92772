"""The converters' own process: markitdown reads files that may be broken or hostile.

Its memory is limited and its parent gives it a deadline. Jobs come on the standard input, each a
line of JSON ({"kind", "size"}) and then the bytes; each is answered by a line of JSON. A file that
breaks a converter ends this process: its parent reads why and starts another. Nothing here
reaches the network or opens another file.
"""

import io
import json
import re
import resource
import sys
import warnings

from bs4 import BeautifulSoup
from markitdown import StreamInfo
from markitdown.converters import DocxConverter, HtmlConverter, PdfConverter

from supportapp.knowledge.formats import pdftext

MEMORY = 2_000_000_000
MOST_PAGES = 2_000
CHROME = ("nav", "header", "footer", "aside", "form", "template", "noscript", "svg", "iframe",
          "button", "script", "style", "dialog")  # fmt: skip
_DATA_IMAGE = re.compile(r"!\[[^\]]*\]\(data:[^)]*\)")


class Unreadable(Exception):
    """The file can't be converted; the message says why."""


def html(data: bytes) -> tuple[str, str]:
    """Return a page's title and its content as Markdown, without menus and other chrome."""
    soup = BeautifulSoup(data, "html.parser")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    heading = soup.find("h1")
    if heading is not None:
        title = heading.get_text(" ", strip=True)
        heading.extract()
    main = soup.find("main") or soup.find("article") or soup.body or soup
    for element in main.find_all(CHROME):
        element.decompose()
    for element in main.find_all(None, {"hidden": True}):
        element.decompose()
    info = StreamInfo(extension=".html", charset="utf-8")
    stream = io.BytesIO(str(main).encode())
    return title, HtmlConverter().convert(stream, info, strict=True).markdown


def docx(data: bytes) -> tuple[str, str]:
    """Return a Word document's Markdown; its first heading is its title."""
    info = StreamInfo(extension=".docx")
    made = DocxConverter().convert(  # type: ignore[no-untyped-call]  # its __init__ has no types
        io.BytesIO(data), info, strict=True
    )
    return made.title or "", made.markdown


def pdf(data: bytes) -> tuple[str, str]:
    """Return a PDF's title and its text, lines joined into paragraphs."""
    title, pages = pdftext.properties(data)
    if pages > MOST_PAGES:
        raise Unreadable(f"it has more than {MOST_PAGES:,} pages")
    info = StreamInfo(extension=".pdf")
    markdown = PdfConverter().convert(io.BytesIO(data), info).markdown
    return title, pdftext.joined(markdown)


CONVERTERS = {"html": html, "docx": docx, "pdf": pdf}


def main() -> None:
    """Answer jobs until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    jobs, answers = sys.stdin.buffer, sys.stdout
    while line := jobs.readline():
        job = json.loads(line)
        title, markdown = CONVERTERS[job["kind"]](jobs.read(job["size"]))
        reply = {"title": title, "markdown": _DATA_IMAGE.sub("", markdown)}
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
