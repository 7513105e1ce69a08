"""A workspace: both sides are there, and every project has an address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from clipsync.errors import (
    DatabaseConfigError,
    DatabaseUnavailableError,
    DataDirectoryError,
    InvalidProjectIdError,
    SchemaMissingError,
    SettingsError,
    UnknownProjectError,
)
from clipsync.operations.workspace import open_workspace
from clipsync.settings import Settings
from tests.support.autoclip_files import clip, project_id, write_project
from tests.support.autoclip_rows import insert, project_row
from tests.support.site import PROJECT, Site, open_site
from tests.support.statements import counted


def test_projects_of_both_sides_are_known_and_sorted(site: Site) -> None:
    write_project(site.root, project_id(3), clips=[clip(1)], collections=[])
    write_project(site.root, project_id(4), layout="legacy", clips=[], collections=[])
    insert(site.workspace.engine, projects=[project_row(project_id(2)), project_row(PROJECT)])
    with open_workspace(site.workspace.settings) as workspace:
        assert workspace.project_ids() == [PROJECT, *map(project_id, (2, 3, 4))]
        assert workspace.select(None) == workspace.project_ids()


def test_rows_whose_id_is_none_are_nobodys_project(site: Site) -> None:
    insert(site.workspace.engine, projects=[project_row("../etc"), project_row("旧项目")])
    assert site.workspace.project_ids() == [PROJECT]


def test_a_choice_keeps_its_order_and_loses_its_repeats(site: Site) -> None:
    write_project(site.root, project_id(2), clips=[clip(1)], collections=[])
    assert site.workspace.select([project_id(2), PROJECT, project_id(2)]) == [
        project_id(2),
        PROJECT,
    ]
    assert site.workspace.select([]) == []


def test_a_malformed_id_is_told_before_an_unknown_one(site: Site) -> None:
    with pytest.raises(InvalidProjectIdError) as malformed:
        site.workspace.select([project_id(77), "x"])
    assert malformed.value.project_id == "x"
    with pytest.raises(UnknownProjectError) as unknown:
        site.workspace.select([PROJECT, project_id(77)])
    assert (unknown.value.project_id, unknown.value.data_dir) == (project_id(77), site.root)


def test_the_database_has_a_name_without_its_password(site: Site) -> None:
    engine = sa.create_engine("postgresql+psycopg://u:geheim@host/autoclip")
    assert replace(site.workspace, engine=engine).database == "postgresql://u@host/autoclip"


@pytest.mark.parametrize(
    "missing, expected",
    [("data_dir", "No data directory: "), ("database_url", "No database: ")],
)
def test_a_missing_setting_is_named_with_its_option(
    sqlite_url: str, tmp_path: Path, missing: str, expected: str
) -> None:
    given = {"data_dir": tmp_path, "database_url": sqlite_url, missing: None}
    with pytest.raises(SettingsError, match=expected), open_workspace(Settings(**given)):
        pass


def test_each_side_that_is_not_there_is_told(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "data/projects").mkdir(parents=True)
    sa.create_engine(f"sqlite:///{tmp_path}/empty.db").connect().close()
    (tmp_path / "empty.db").touch()
    for data_dir, url, error in (
        (tmp_path / "no", sqlite_url, DataDirectoryError),
        (tmp_path / "data", f"sqlite:///{tmp_path}/no.db", DatabaseConfigError),
        (tmp_path / "data", f"sqlite:///{tmp_path}/empty.db", SchemaMissingError),
        (tmp_path / "data", "postgresql://u:p@127.0.0.1:1/x", DatabaseUnavailableError),
    ):
        settings = Settings(data_dir=data_dir, database_url=url)
        with pytest.raises(error), open_workspace(settings):
            pass


class TestPathPrefix:
    """Rule 12: paths are AutoClip's, not ours."""

    def prefix(self, site: Site) -> str | None:
        with site.workspace.engine.connect() as conn:
            return site.workspace.projects_root(conn)

    def test_a_setting_decides(self, autoclip_url: str, tmp_path: Path) -> None:
        with open_site(tmp_path / "data", autoclip_url, autoclip_data_dir="/srv/a/") as site:
            insert(site.workspace.engine, projects=[project_row(PROJECT)])
            assert self.prefix(site) == "/srv/a/projects"

    def test_else_the_rows_that_are_there_tell(self, site: Site) -> None:
        insert(site.workspace.engine, projects=[project_row(PROJECT)])
        assert self.prefix(site) == "/autoclip/data/projects"

    def test_without_rows_nothing_is_known(self, site: Site) -> None:
        assert self.prefix(site) is None

    def test_the_database_is_asked_once(self, site: Site) -> None:
        with counted(site.workspace.engine) as statements:
            self.prefix(site)
            asked = len(statements)
            self.prefix(site)
        assert asked > 0
        assert len(statements) == asked


def test_a_project_whose_directory_is_there_is_found_without_listing_the_others(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(data: object) -> list[str]:
        raise AssertionError("the whole directory was listed")

    monkeypatch.setattr(type(site.workspace.data), "project_ids", listed)
    assert site.workspace.select([PROJECT, PROJECT]) == [PROJECT]
