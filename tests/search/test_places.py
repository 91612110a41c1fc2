"""Where people are: what is a place and what is none, and that both indexes find by it what the oracle finds."""

from __future__ import annotations

import pytest
from tests.world import World

from harken import clock
from harken.actions.change_profile import change_profile
from harken.actions.keep_ear import keep_ear
from harken.model.account import Account
from harken.model.paging import Window
from harken.search import fts5, search, tsvector
from harken.search.knowers import find_knowers
from harken.search.places import circle, country, find, located
from harken.search.query import BadQuery, Geocode, Near, walk
from harken.store import accounts, ears

ALL = Window(limit=100)


@pytest.mark.parametrize("written, place", [
    ("Paris", "Paris, France"), ("paris, texas", "Paris, Texas, United States"),
    ("Paris, TX", "Paris, Texas, United States"),
    ("Austin Texas", "Austin, Texas, United States"), ("München", "Munich, Germany"), ("munich", "Munich, Germany"),
    ("London, Ontario", "London, Canada"), ("London", "London, United Kingdom"), ("東京", "Tokyo, Japan"),
    ("Washington, D.C.", "Washington, District of Columbia, United States"),
    ("NYC", "New York City, New York, United States"),
])
def test_a_name_means_the_largest_place_that_fits(written: str, place: str) -> None:
    assert str(find(written)) == place


@pytest.mark.parametrize("written", [
    "", " ", ",", "everywhere", "the moon", "here", "Earth", "USA", "Germany", "Texas", "worldwide", "internet", "hell",
    "in your head", "1234", "x" * 5000, "🌍", "Paris, Germany", "far, far away", "Oregon", "Sutherlin, Oregon",
    "Hanover Twp, PA", "Costa Rica", "Arizona", "Mexico", "Los Cabos, Mexico", "36,000 feet", "12, 13"])
def test_what_is_no_place_has_no_point(written: str) -> None:
    assert located(written) is None


@pytest.mark.parametrize("written, point", [
    ("iPhone: 37.7749,-122.4194", (3780, -12240)), ("New York | Chicago", (4071, -7401)), ("somewhere in Vienna", None),
    ("Vienna / Berlin", (4821, 1637)), ("91.0, 200.0", None),
    ("the attic, New York", (4071, -7401)), ("New York", (4071, -7401)), ("Singapore", (129, 10385)),
    ("Seattle, WA / 36,000 feet", (4761, -12233))])
def test_coordinates_are_made_coarse_and_of_several_places_the_first_counts(
    written: str, point: tuple[int, int] | None
) -> None:
    assert located(written) == point


def test_ones_own_country_decides_among_comparable_places() -> None:
    homes = ("Berlin", "Austin, Texas", "Canada", "nowhere")
    assert [country(home) for home in homes] == ["DE", "US", "CA", ""]
    assert str(find("Birmingham")).endswith("United Kingdom")
    assert str(find("Birmingham", "US")).startswith("Birmingham, Alabama")
    assert str(find("Paris", "US")).endswith("France")


TOWNS = {"ann": "Vienna", "ben": "Bratislava", "cleo": "Graz, Austria", "dan": "Sydney", "eve": "everywhere", "fay": ""}


async def people(world: World) -> dict[str, Account]:
    found = {}
    for name, town in TOWNS.items():
        account = await world.account(name)
        if town:
            await change_profile(world.db, account, now=clock.now(), location=town)
        found[name] = await world.again(account)
        await world.post(found[name], f"coffee with {name}")
        await world.post(found[name], f"tea with {name}")
    return found


async def texts(world: World, query: str, viewer: Account | None = None) -> list[str]:
    return sorted(post.text for post in (await search.find(world.db, query, viewer, ALL, clock.now())).posts)


@pytest.mark.parametrize("few", [300, 0])
async def test_places_are_found_as_the_distance_says(
    world: World, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    for dialect in (fts5.DIALECT, tsvector.DIALECT):
        monkeypatch.setattr(dialect, "most_authors", few)
    known = await people(world)
    where = await accounts.places(world.db, [account.id for account in known.values()])
    assert {name for name, account in known.items() if account.id in where} == {"ann", "ben", "cleo", "dan"}
    for latitude, longitude, km in [
        (48.21, 16.37, 1), (48.21, 16.37, 60), (48.21, 16.37, 200), (48, 17, 70), (-33.87, 151.2, 10), (0, 0, 19_000),
        (89.9, 0, 5000), (48.21, -163.6, 15_000), (48.21, 16.37, 20_038)]:
        node = Geocode(latitude, longitude, km * 1000)
        wanted = {name for name, account in known.items() if circle(node).has(where.get(account.id))}
        found = await texts(world, f"coffee geocode:{latitude},{longitude},{km}km")
        assert found == sorted(f"coffee with {name}" for name in wanted), node
        others = await texts(world, f"coffee -geocode:{latitude},{longitude},{km}km")
        assert others == sorted(f"coffee with {name}" for name in TOWNS.keys() - wanted)


async def test_near_says_which_place_it_means(world: World) -> None:
    await people(world)
    assert await texts(world, "coffee near:vienna") == ["coffee with ann"]
    assert await texts(world, 'near:"Vienna" within:60km coffee') == ["coffee with ann", "coffee with ben"]
    assert await texts(world, "near:graz OR near:sydney") == sorted(
        f"{drink} with {name}" for drink in ("coffee", "tea") for name in ("cleo", "dan"))
    found = await search.find(world.db, "coffee near:vienna", None, ALL, clock.now())
    assert found.notes == ("near:vienna was read as Vienna, Austria.",)
    assert await texts(world, "coffee tea near:vienna sort:top") == ["coffee with ann", "tea with ann"]


async def test_a_place_that_nobody_knows_is_pointed_at(world: World) -> None:
    with pytest.raises(BadQuery) as fault:
        await texts(world, "coffee near:Xanaduland")
    assert (fault.value.position, fault.value.length) == (7, 15)


async def test_who_moves_takes_their_posts_along(world: World) -> None:
    known = await people(world)
    await change_profile(world.db, known["ann"], now=clock.now(), location="Sydney")
    assert await texts(world, "coffee near:vienna") == []
    assert await texts(world, "coffee near:sydney") == ["coffee with ann", "coffee with dan"]
    await change_profile(world.db, await world.again(known["ann"]), now=clock.now(), location="")
    assert await texts(world, "coffee near:sydney") == ["coffee with dan"]


async def test_an_ear_hears_people_near_a_place(world: World) -> None:
    known = await people(world)
    ear = await keep_ear(world.db, known["fay"], "coffee near:vienna within:100km", "UTC", clock.now())
    for name in ("ann", "ben", "dan"):
        await world.post(known[name], f"more coffee, {name}")
    await world.settle()
    heard = [post.text for post in await ears.heard(world.db, ear, ALL, clock.now())]
    assert heard == ["more coffee, ben", "more coffee, ann"]


@pytest.mark.parametrize("query", [
    "geocode:91,0,1km", "geocode:0,181,1km", "geocode:0,0,0km", "geocode:0,0,-1km", "geocode:nan,0,1km", "geocode:1,1",
    "near:vienna within:0km", "near:vienna within:-5km", "near:vienna within:99999999km", 'near:""'])
async def test_impossible_places_and_distances_are_refused(world: World, query: str) -> None:
    with pytest.raises(BadQuery):
        await texts(world, query)


async def test_whoever_asks_counts_and_hears_of_the_place_that_they_find(world: World) -> None:
    gil = await world.account("gil")
    await change_profile(world.db, gil, now=clock.now(), location="Austin, Texas")
    gil = await world.again(gil)
    for name, town in (("hal", "Birmingham, Alabama"), ("ida", "Birmingham, England")):
        account = await world.account(name)
        await change_profile(world.db, account, now=clock.now(), location=town)
        await world.post(await world.again(account), f"tea with {name}, any tips?")
    query = "tea near:birmingham sort:top"
    found = await search.find(world.db, query, gil, ALL, clock.now())
    assert [post.text for post in found.posts] == ["tea with hal, any tips?"]
    again = await search.alike(world.db, query, gil, found.posts[0].id, 5, clock.now())
    assert again.query.tree == found.query.tree
    assert [str(node.point) for node in walk(again.query.tree) if isinstance(node, Near)] == [
        str(node.point) for node in walk(found.query.tree) if isinstance(node, Near)]
    people = await find_knowers(world.db, "tea near:birmingham", gil, clock.now())
    assert list(people.query.notes) == ["near:birmingham was read as Birmingham, Alabama, United States."]
