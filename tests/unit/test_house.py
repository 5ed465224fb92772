"""The house rules that no linter knows."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PRODUCT = PROJECT / "supportapp"
LONGEST_MODULE = 300
LONGEST_FUNCTION = 50
DOORS = re.compile(r"(^|_)views$|^consumers$")
# Words of the glossary's "not" column that are ours to avoid in names of our own.
FORBIDDEN = re.compile(
    r"(^|_)(documents?|chunks?|hits?|sessions?|chats?|experiments?|rails?|strategy)(_|$)"
)
# "Chat" is the wire protocol's own word for what such a model does.
THEIRS = {"ChatModel", "ChatOptions", "chat", "chat_model"}


@cache
def modules() -> tuple[Path, ...]:
    return tuple(sorted(path for path in PRODUCT.rglob("*.py") if "migrations" not in path.parts))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def relative(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def names(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the names of classes and of their fields."""
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ClassDef):
            continue
        yield node.lineno, node.name
        for member in node.body:
            if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                yield member.lineno, member.target.id
            if isinstance(member, ast.Assign):
                for target in member.targets:
                    if isinstance(target, ast.Name):
                        yield member.lineno, target.id


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files that git keeps; outside a checkout, none."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    paths = (PROJECT / name for name in listed.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_a_module_says_what_it_is_for_and_stays_short(path: Path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST_MODULE
    assert not text.strip() or ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_functions_stay_short(path: Path):
    long = {
        function.name: lines
        for function in functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert not long


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_classes_and_fields_use_the_glossarys_words(path: Path):
    found = [
        f"{line}: {name}"
        for line, name in names(path)
        if name not in THEIRS and FORBIDDEN.search(snake(name))
    ]
    assert not found


def test_no_module_is_named_for_its_layer():
    drawers = {"utils", "helpers", "services", "common", "misc"}
    assert not [relative(path) for path in modules() if path.stem in drawers]


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    assert not [relative(path) for path in modules() if later.search(path.read_text("utf-8"))]


def test_whatever_a_check_is_told_to_overlook_has_its_reason_beside_it():
    bare = re.compile(
        r"# (?:type: ignore\[[\w-]+\]|noqa: [A-Z]+\d+)\s*$|# (?:type: ignore|noqa)(?![\[:])"
    )
    assert not [
        f"{relative(path)}: {line.strip()}"
        for path in modules()
        for line in path.read_text("utf-8").splitlines()
        if bare.search(line)
    ]


def test_every_door_is_in_the_import_contract():
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (contract,) = [
        each for each in settings["contracts"] if each["name"].startswith("Only addresses")
    ]
    for path in modules():
        room, *rest = path.relative_to(PRODUCT).with_suffix("").parts
        if rest and DOORS.search(rest[-1]):
            dotted = f"supportapp.{room}.{'.'.join(rest)}"
            general = f"supportapp.*.{rest[-1]}"
            assert {dotted, general} & set(contract["protected_modules"]), dotted


def test_every_pure_module_that_is_named_exists():
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    for contract in settings["contracts"]:
        for name in contract.get("source_modules", []):
            path = PROJECT / name.replace(".", "/")
            assert path.is_dir() or path.with_suffix(".py").is_file(), name


def read_from_environment() -> set[str]:
    """Return the variables that the settings read through `environment`."""
    return {
        node.args[0].value
        for path in PRODUCT.glob("settings*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "environment"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_every_setting_is_in_the_operations_page():
    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = {name for name in read_from_environment() if f"`{name}`" not in page}
    assert not missing


def test_every_variable_of_the_example_file_means_something():
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    compose = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?\s?([A-Z][A-Z_]+)=", example, re.MULTILINE))
    assert named
    assert not {
        name
        for name in named
        if name not in read_from_environment() and f"${{{name}" not in compose
    }


def test_no_tracked_file_names_a_registry_or_this_machine():
    # Written in parts, so that this file is no find of its own.
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "index" + "-url =", "extra-index" + "-url"]
    places = ["/wo" + "rk/", "/root/" + "."]
    found = []
    for path in tracked():
        if path.suffix in {".png", ".onnx", ".ico", ".pdf", ".docx", ".xlsx", ".npz"}:
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{relative(path)}: {word}" for word in hosts + places if word in text]
    assert not found


def prose() -> list[Path]:
    return [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", prose(), ids=relative)
def test_every_link_of_a_page_leads_somewhere(page: Path):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    here = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert not [link for link in here if not (page.parent / link).exists() | is_taken(link)]


def is_taken(link: str) -> bool:
    """Say whether `make screenshots` takes this picture."""
    script = (PROJECT / "tests" / "browser" / "screenshots.py").read_text(encoding="utf-8")
    return link.endswith(".png") and f'"{Path(link).stem}"' in script


def test_the_tour_names_only_files_that_exist():
    tour = (PROJECT / "docs" / "tour.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w[\w./]*(?:\.py|\.js|\.html|/))`", tour))
    every = {relative(path) for path in tracked()}
    lost = {name for name in named if not any(f"/{name}" in f"/{path}" for path in every)}
    assert not lost
