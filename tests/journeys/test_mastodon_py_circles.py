"""The unmodified Mastodon.py from PyPI: lists, tags, recommendations and joining, with its typed entities."""

from __future__ import annotations

import gc

import pytest
from mastodon import Mastodon, MastodonAPIError
from mastodon.return_types import Account, FeaturedTag, Relationship, Tag, UserList

from tests.journeys.conftest import LiveServer
from tests.journeys.test_mastodon_py import PASSWORD, eventually, logged_in


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_mastodon_py_keeps_circles(live_server: LiveServer) -> None:
    alice, bob = logged_in(live_server, "alice"), logged_in(live_server, "bob")
    other = bob.me()
    made = alice.list_create("Tea people", replies_policy="none", exclusive=True)
    assert isinstance(made, UserList)
    with pytest.raises(MastodonAPIError, match="404"):
        alice.list_accounts_add(made, [other])
    alice.account_follow(other, notify=True)
    alice.list_accounts_add(made, [other])
    assert [a.acct for a in alice.list_accounts(made)] == ["bob"]
    assert [one.id for one in alice.account_lists(other)] == [made.id]
    status = bob.status_post("The kettle is on #tea", language="en")
    assert [s.id for s in alice.timeline_list(made)] == [status.id]
    assert alice.list_update(made, "Tea", replies_policy="list", exclusive=False).title == "Tea"
    eventually(lambda: [s.id for s in alice.timeline_home()] == [status.id])
    eventually(lambda: "status" in {n.type for n in alice.notifications()})
    alice.list_accounts_delete(made, [other])
    alice.list_delete(made)
    assert alice.lists() == []

    assert isinstance(alice.tag_follow("tea"), Tag)
    assert [t.name for t in alice.followed_tags()] == ["tea"]
    assert not alice.tag_unfollow("tea").following
    assert [t.name for t in bob.featured_tag_suggestions()] == ["tea"]
    featured = bob.featured_tag_create("tea")
    assert isinstance(featured, FeaturedTag)
    assert int(featured.statuses_count) == 1  # Mastodon sends it as text
    assert [t.id for t in alice.account_featured_tags(other)] == [featured.id]
    bob.featured_tag_delete(featured)

    relation = alice.account_pin(other)
    assert isinstance(relation, Relationship)
    assert relation.endorsed
    assert [a.acct for a in alice.endorsements()] == ["bob"]
    assert not alice.account_unpin(other).endorsed
    alice.domain_block("example.com")
    assert alice.domain_blocks() == ["example.com"]
    alice.domain_unblock("example.com")
    assert alice.account_familiar_followers(other)[0].accounts == []
    changed = alice.account_update_credentials(note="Hello", fields=[("Home", "https://example.org")], locked=False)
    assert isinstance(changed, Account)
    assert changed.source is not None
    assert [f.name for f in changed.source.fields] == ["Home"]

    client_id, secret = Mastodon.create_app("join", api_base_url=live_server.url)
    joining = Mastodon(client_id=client_id, client_secret=secret, api_base_url=live_server.url)
    token = joining.create_account("newcomer", PASSWORD, "newcomer@example.org", agreement=True)
    assert token
    assert joining.me().acct == "newcomer"
    for api in (alice, bob, joining):
        api.session.close()
    gc.collect()  # now, while its warnings are still ours
