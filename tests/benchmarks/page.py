"""What the ClipSync page costs with many projects: each page whole, as a browser gets it.

    .venv/bin/python -m tests.benchmarks.page [PROJECTS]

By default 100,000 projects in a SQLite file that is removed afterwards; a hundred of them have
files on disk. Prints the median of several requests in milliseconds and the answer's size.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr
from starlette.testclient import TestClient

from clipsync.demo.autoclip_schema import create_autoclip_schema
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from tests.benchmarks.history import fill, median
from tests.support.autoclip_files import clip, collection, project_id, write_project
from tests.support.web_host import House

PATHS = (
    ("overview, first page", "/"),
    ("overview, last page", "/?page={last}"),
    ("overview, by name", "/?sort=name&order=asc"),
    ("overview, part of a name", "/?q=99"),
    ("overview, problems only", "/?problems=true"),
    ("a project, 100 clips", "/view/projects/{project}"),
    ("REST report", "/report"),
    ("REST project", "/projects/{project}"),
    ("export CSV, all", "/export/projects.csv"),
    ("export JSON, all", "/export/projects.json"),
    ("export HTML, 5000", "/export/report.html"),
)


def main(projects: int = 100_000) -> None:
    with tempfile.TemporaryDirectory() as directory:
        data, url = Path(directory) / "data", f"sqlite:///{directory}/autoclip.db"
        clips = [clip(number) for number in range(1, 101)]
        for number in range(1, 101):
            write_project(data, project_id(number), clips=clips, collections=[collection(1, [1])])
        engine = sa.create_engine(url)
        # An empty file first: a database is never created by opening it.
        create_autoclip_schema(engine)
        engine.dispose()
        settings = Settings(data_dir=data, database_url=SecretStr(url))
        with open_workspace(settings) as workspace:
            fill(workspace, projects)
        page = TestClient(House(settings).app(), base_url="http://testserver/clipsync")
        for label, path in PATHS:
            asked = path.format(last=-(-projects // 50), project=project_id(7))
            size = len(page.get(asked).raise_for_status().content)
            milliseconds = median(lambda asked=asked: page.get(asked))  # type: ignore[misc]
            print(f"{label:28} {milliseconds:9.1f} ms {size / 1024:10.0f} KiB")
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{'most memory, all of it':28} {used:9.0f} MiB")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
