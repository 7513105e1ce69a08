"""Airflow's asset state store, in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FakeStore:
    """`values`: JSON text by key. `fails_after`: so many writes succeed, and no more."""

    values: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    fails_after: int | None = None

    async def aget(self, key: str, default: Any = None) -> Any:
        return json.loads(self.values[key]) if key in self.values else default

    async def aset(self, key: str, value: Any) -> None:
        if value is None:
            raise ValueError("Cannot set value as None")  # as Airflow's
        if self.fails_after is not None and len(self.written) >= self.fails_after:
            raise ConnectionError("Airflow's database is away")
        self.written.append(key)
        self.values[key] = json.dumps(value)

    def sizes(self) -> dict[str, int]:
        return {key: len(value) for key, value in self.values.items()}
