"""The people of the Mastodon tests, who go on the tour."""

from tests.api.mastodon.conftest import people as people
