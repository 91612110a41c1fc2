"""A few people who speak to the API, each with a token."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from harken.model.account import Account
from tests.world import World


class Person:
    """A member with a client program."""

    def __init__(self, account: Account, token: str, client: httpx.AsyncClient) -> None:
        self.account = account
        self.id = str(account.id)
        self.token = token
        self._client = client

    async def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | given.pop("headers", {})
        return await self._client.request(method, path, headers=headers, **given)

    async def get(self, path: str, **params: Any) -> Any:
        return _json(await self.ask("GET", path, params=params))

    async def do(self, path: str, **json: Any) -> Any:
        return _json(await self.ask("POST", path, json=json))

    async def posts(self, text: str, **given: Any) -> Any:
        """Publish; the status."""
        return await self.do("/api/v1/statuses", status=text, **given)

    async def status_of(self, method: str, path: str, **given: Any) -> int:
        return (await self.ask(method, path, **given)).status_code


def _json(response: httpx.Response) -> Any:
    assert response.status_code == 200, (response.status_code, response.text)
    return response.json()


class People:
    """Makes people on demand."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world = world
        self.client = client

    async def __call__(self, name: str, scopes: str = "read write follow push", **given: Any) -> Person:
        account = await self.world.account(name, **given)
        return Person(account, await self.world.token(account, scopes), self.client)


@pytest.fixture
async def people(world: World, client: httpx.AsyncClient) -> People:
    return People(world, client)
