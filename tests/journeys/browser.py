"""What a person with a browser does: opens pages, fills forms in, presses buttons."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx


class Form:
    """One form of a page."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []

    def field(self, *kinds: str) -> str:
        """The name of the first field of one of these kinds."""
        return next(name for kind in kinds for name, its in self.kinds.items() if its == kind)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.shown: list[str] = []
        self._inside: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = Form(given.get("action", ""))
            self.forms.append(self._inside)
        elif tag == "input" and "readonly" in given:
            self.shown.append(given.get("value", ""))
        elif tag == "input" and self._inside and given.get("name"):
            self._inside.fields[given["name"]] = given.get("value", "")
            self._inside.kinds[given["name"]] = given.get("type", "text")
        elif tag == "button" and self._inside and given.get("name"):
            self._inside.buttons.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None


class Browser:
    """Cookies, pages, forms: one errand, then it is closed."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, follow_redirects=True, timeout=20)

    def authorize(self, address: str, email: str, password: str) -> str:
        """Sign in when asked, let the application in, and read the code it shows."""
        with self._client:
            page = self._client.get(address)
            form = self._form(page, "password")
            fields = form.fields | {form.field("email", "text"): email, form.field("password"): password}
            page = self._submit(page, form, fields)
            form = next(f for f in _parsed(page).forms if "authorize" in f.action)
            page = self._submit(page, form, form.fields | dict([form.buttons[0]] if form.buttons else []))
            (code,) = _parsed(page).shown
            return code

    def _form(self, page: httpx.Response, kind: str) -> Form:
        return next(form for form in _parsed(page).forms if kind in form.kinds.values())

    def _submit(self, page: httpx.Response, form: Form, fields: dict[str, str]) -> httpx.Response:
        answer = self._client.post(
            page.url.join(form.action),
            data=fields,
            headers={"Origin": f"{page.url.scheme}://{page.url.netloc.decode()}", "Referer": str(page.url)},
        )
        assert answer.status_code == 200, answer.text
        return answer


def _parsed(page: httpx.Response) -> _Page:
    made = _Page()
    made.feed(page.text)
    return made
