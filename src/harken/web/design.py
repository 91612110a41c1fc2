"""The design system as a living page: tokens read from the style sheets, contrast measured, components as they are."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from math import cos, radians, sin

import msgspec
from litestar import Response, get
from markupsafe import Markup

from .. import clock
from ..api.requests import AnyRequest
from ..ids import AccountId, PostId
from ..model.account import Account
from ..model.file import FileState, StoredFile
from ..model.gathering import Gathering
from ..model.poll import Option, Poll
from ..model.post import SeenPost, Visibility
from ..model.preview import Preview
from ..store.ratings import Rating
from . import static, verbs
from .attachments import Shown
from .cards import Card, Quoted, question, visibility_name, when
from .languages import gettext_now as _
from .occasions import occasion
from .pages import fragment, render, signed_in

LIGHTS = ("light", "dark", "more contrast, light", "more contrast, dark")
TEXT, LARGE, SIGN = 4.5, 3.0, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11
MORE = 7.0  # 1.4.6, where more contrast was asked for
_PAIRS = (
    ("ink", "paper"), ("ink", "card"), ("ink", "sunk"), ("ink", "glow"), ("soft", "paper"), ("soft", "card"),
    ("soft", "sunk"), ("accent", "paper"), ("accent", "card"), ("accent", "glow"), ("on-accent", "accent"),
    ("on-mark", "mark"), ("warn", "card"), ("warn", "warn-soft"), ("card", "warn"), ("star", "card"),
    ("boost", "card"))
_SIGNS = (("edge", "paper"), ("edge", "card"))  # borders of what can be filled in or pressed


class Token(msgspec.Struct, frozen=True):
    """One custom property of the style sheet; `values` in each light, all the same for what is no colour."""

    name: str
    values: tuple[str, ...]

    @property
    def colour(self) -> bool:
        return self.values[0].startswith("#")


class Pair(msgspec.Struct, frozen=True):
    """One colour on another: how far they stand apart in each light, and how far they must."""

    front: str
    ground: str
    ratios: tuple[float, ...]
    needs: tuple[float, ...]

    @property
    def holds(self) -> bool:
        return all(ratio >= need for ratio, need in zip(self.ratios, self.needs, strict=True))


# ---- reading the style sheets --------------------------------------------------------------


def _declared(sheet: str, selector: str) -> dict[str, str]:
    """The custom properties that the first rule of `selector` declares."""
    text = re.sub(r"/\*.*?\*/", "", static.files()[sheet].content.decode(), flags=re.S)
    rule = re.search(rf"(?m)^{re.escape(selector)} {{(.*?)}}", text, re.S)
    assert rule, f"{sheet} has no rule for {selector}"
    return {name: value.strip() for name, value in re.findall(r"--([\w-]+):\s*(.*?);", rule[1], re.S)}


def _sides(value: str) -> tuple[str, str]:
    """A value by light and in the dark; light-dark() says two."""
    arguments = re.fullmatch(r"light-dark\((.*)\)", value)
    if not arguments:
        return value, value
    middle = next(i for i, sign in enumerate(arguments[1]) if sign == "," and _outside(arguments[1][:i]))
    return arguments[1][:middle].strip(), arguments[1][middle + 1:].strip()


def _outside(text: str) -> bool:
    return text.count("(") == text.count(")")


@cache
def tokens() -> tuple[Token, ...]:
    """All that may be chosen, in the order of the style sheet."""
    usual, more = _declared("style.css", ":root"), _declared("contrast.css", ":root")
    return tuple(
        Token(name, (*_sides(value), *_sides(more.get(name, value)))) for name, value in usual.items())


# ---- measuring -----------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` or `oklch(L C H)`, 0 to 1 (WCAG 2.2, definitions)."""
    if colour.startswith("oklch"):
        return _luminance_of_oklch(*(float(number) for number in re.findall(r"[\d.]+", colour)))
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= .04045 else ((part + .055) / 1.055) ** 2.4 for part in parts)
    return .2126 * red + .7152 * green + .0722 * blue


def _luminance_of_oklch(lightness: float, chroma: float, hue: float) -> float:
    """Through OKLab and linear sRGB (bottosson.github.io/posts/oklab); what sRGB cannot show is cut off."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + .3963377774 * a + .2158037573 * b) ** 3
    middle = (lightness - .1055613458 * a - .0638541728 * b) ** 3
    short = (lightness - .0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + .2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - .3413193965 * short
    blue = -.0041960863 * long - .7034186147 * middle + 1.7076147010 * short
    return sum(
        weight * min(1.0, max(0.0, part)) for weight, part in ((.2126, red), (.7152, green), (.0722, blue)))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, definitions)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + .05) / (low + .05)


@cache
def pairs() -> tuple[Pair, ...]:
    """What is written or drawn on what, measured in every light."""
    known = {token.name: token.values for token in tokens()}

    def measured(front: str, ground: str, need: float, more: float) -> Pair:
        ratios = tuple(contrast(known[front][i], known[ground][i]) for i in range(len(LIGHTS)))
        return Pair(front, ground, ratios, (need, need, more, more))

    return (
        *(measured(front, ground, TEXT, MORE) for front, ground in _PAIRS),
        *(measured(front, ground, SIGN, SIGN) for front, ground in _SIGNS))


@cache
def families() -> tuple[tuple[str, tuple[float, ...]], ...]:
    """The colours that come in families, each with the lowest ratio of all its members by light and in the dark."""
    style = static.files()["style.css"].content.decode()
    hues = [float(hue) for hue in re.findall(r"--verb-hue: (\d+)", style)]
    rule = re.search(r"\.verb \{[^}]*background: light-dark\((.*?)\); color: light-dark\((.*?)\); }", style)
    assert rule
    grounds, inks = ([*re.findall(r"oklch\(([\d. ]+) var", part)] for part in rule.groups())
    said = tuple(min(contrast(f"oklch({inks[i]} {hue})", f"oklch({grounds[i]} {hue})") for hue in hues) for i in (0, 1))
    faces = re.findall(r"--tint: light-dark\((#\w+), (#\w+)\); --tint-ink: light-dark\((#\w+), (#\w+)\)", style)
    drawn = tuple(min(contrast(face[i], face[2 + i]) for face in faces) for i in (0, 1))
    return (("verb", said), ("tint", drawn))


# ---- specimens -----------------------------------------------------------------------------


def specimens(request: AnyRequest) -> list[tuple[str, Card]]:
    """A card of each type, made here and nowhere stored: what it shows, and the card."""
    now = clock.now()
    at = now - timedelta(hours=2)
    ana = Account(id=AccountId(1), username="ana", uri="", url="", display_name=_("Ana Example"), created_at=at)
    ben = Account(id=AccountId(2), username="ben", uri="", url="", display_name=_("Ben Example"), created_at=at)

    def card(number: int, text: str, by: Account = ana, **given: object) -> Card:
        facts = {name: given.pop(name) for name in list(given) if name in SeenPost.__struct_fields__}
        post = SeenPost(**{  # type: ignore[arg-type]
            "id": PostId(number), "author_id": by.id, "text": text, "visibility": Visibility.PUBLIC, "created_at": at,
            "conversation_id": number, "uri": "", "url": "", **facts})
        html = Markup("<p>{}</p>").format(text) if text else Markup()
        return Card(post=post, author=by, html=html, when=when(at, now, request), position=number, **given)  # type: ignore[arg-type]

    poll = Poll(post_id=4, voters=7, expires_at=now - timedelta(hours=1), options=[
        Option(_("Tea"), 5), Option(_("Coffee"), 2)])
    lunch = card(5, _("Come along, bring bread."), kind="event")
    lunch.event = occasion(Gathering(
        post_id=5, name=_("Lunch at the clinic's garden"), place=_("Behind the library"),
        starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=2, hours=1), zone="UTC", changed_at=at,
        said_yes=5, said_maybe=2), lunch.post, 0, now, request)
    picture = card(15, _("This is how the bench looks now."))
    picture.media = [Shown(
        form="image", src=static.address("icon-512.png"), small="", width=512, height=512,
        alt=_("A sign: an ear that listens"))]
    answered = card(10, _("Who knows somebody who repairs toasters?"), ben, replies=2)
    return [
        (_("A note"), card(1, _("The café repairs toasters on Saturdays."), boosts=3, favourites=5, replies=2)),
        (_("With a qualifier"), card(2, _("who has a ladder for an afternoon?"), verb="asks", said=verbs.said("asks"))),
        (_("Behind a warning"), card(3, _("The butler."), spoiler=_("The end of the film"), sensitive=True)),
        (_("A picture"), picture),
        (_("A poll"), card(4, _("What shall there be?"), kind="poll", poll=question(poll, 0, 0, now, request))),
        (_("An event"), lunch),
        (_("A file"), card(6, _("What we agreed on."), kind="file", file=StoredFile(
            id=6, account_id=1, name="minutes.pdf", bytes=120_400, state=FileState.CLEAN, path="", created_at=at))),
        (_("A link"), card(7, "", kind="link", preview=Preview(
            url="https://example.org/", title=_("How to ask so that people answer"), provider_name="example.org",
            description=_("One question, what you tried, and by when.")))),
        (_("A boost"), card(8, _("Found keys near the fountain."), ben, booster=ana)),
        (_("An answer"), card(9, _("I do, on Saturdays."), parent_name=ben.shown_name)),
        (_("A quote"), card(11, _("Somebody must know."), quoted=Quoted(
            post=answered.post, author=ben, html=answered.html, when=answered.when))),
        (_("For a few"), card(12, _("See you at four."), visibility=visibility_name(Visibility.DIRECT))),
        (_("With stars"), card(13, _("The soup of the day."), stars=Rating(post_id=13, number=4, stars=17, mine=0))),
        (_("Heard by an ear"), card(14, _("My toaster smells odd."), because=["toaster"], fresh=True)),
    ]


@get("/design", include_in_schema=False)
async def page(request: AnyRequest) -> Response[bytes]:
    """The design system, for everybody."""
    await signed_in(request)
    shown = [(name, Markup(fragment(request, "design_post.html", viewer=None, card=card)))
             for name, card in specimens(request)]
    return await render(
        request, "design.html", tokens=tokens(), pairs=pairs(), families=dict(families()), lights=[
            _("Light"), _("Dark"), _("More contrast, light"), _("More contrast, dark")],
        specimens=shown, verbs=list(verbs.words().items()), least=TEXT,
        icons=re.findall(r'id="([\w-]+)"', static.files()["icons.svg"].content.decode()))


routes = [page]
