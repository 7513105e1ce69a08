"""Files behind the login: ours, and the Data Docs, and nothing above or beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from clipsync.web.files import inside
from tests.support.web_host import House


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    (root / "validations").mkdir(parents=True)
    (root / "index.html").write_text("<h1>质量</h1>", encoding="utf-8")
    (root / "validations" / "clips.html").write_text("clips", encoding="utf-8")
    (root / ".clipsync-data-docs").write_text("mark", encoding="utf-8")
    (root / "secret.json").write_text("{}", encoding="utf-8")
    (tmp_path / "passwords.html").write_text("secret", encoding="utf-8")
    (root / "link.html").symlink_to(tmp_path / "passwords.html")
    (root / "up").symlink_to(tmp_path)
    (root / "circle.html").symlink_to(root / "circle.html")
    return root


@pytest.mark.parametrize(
    "path", ["index.html", "validations/clips.html", "validations/../index.html"]
)
def test_documents_are_found(docs: Path, path: str) -> None:
    assert inside(docs, path) is not None


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "../passwords.html",
        "validations/../../passwords.html",
        "/etc/passwd",
        "//etc/passwd",
        "{docs}/../passwords.html",
        "link.html",
        "up/passwords.html",
        "circle.html",
        "secret.json",
        ".clipsync-data-docs",
        "validations",
        "no.html",
        "index.html\0.png",
        "..\\passwords.html",
        "a" * 5000 + ".html",
    ],
)
def test_nothing_else_is(docs: Path, path: str) -> None:
    assert inside(docs, path.format(docs=docs)) is None


def test_data_docs_are_served_without_any_script(
    docs: Path, house: House, page: TestClient
) -> None:
    answer = page.get("/data-docs/index.html")
    assert (answer.text, answer.headers["content-type"]) == (
        "<h1>质量</h1>",
        "text/html; charset=utf-8",
    )
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src")
    assert page.get("/data-docs").headers["location"] == "/clipsync/data-docs/index.html"


@pytest.mark.parametrize(
    "path",
    ["..%2fpasswords.html", "%2e%2e/passwords.html", "..%252fpasswords.html", "%2fetc%2fpasswd"],
)
def test_no_spelling_of_a_path_leads_out(
    docs: Path, house: House, page: TestClient, path: str
) -> None:
    assert page.get(f"/data-docs/{path}").status_code == 404


def test_where_no_docs_were_built_yet_it_says_how_they_come(page: TestClient) -> None:
    answer = page.get("/data-docs/index.html")
    assert answer.status_code == 404
    assert "built by the task validate" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("clipsync.css", "text/css; charset=utf-8"),
        ("clipsync.js", "text/javascript; charset=utf-8"),
        ("theme.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_static_files_have_their_types(page: TestClient, name: str, kind: str) -> None:
    answer = page.get(f"/static/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


@pytest.mark.parametrize("name", ["app.py", "..%2fapp.py", "nothing.css", "%2e%2e"])
def test_no_other_file_is_static(page: TestClient, name: str) -> None:
    assert page.get(f"/static/{name}").status_code == 404
