// Calls every method that the installed masto has. Prints those that it did not call; throws when surprised.
import assert from "node:assert/strict";
import { createRestAPIClient, createStreamingAPIClient } from "masto";
import { methods } from "./methods.js";

const [url, aliceToken, bobToken, strangerToken, adminToken] = process.argv.slice(2);
const called = new Set();

// A client that notes which methods are called: "v1.accounts.$select.follow".
function noting(target, names = []) {
  return new Proxy(() => {}, {
    get: (_, name) => (name === "then" ? undefined : noting([target, name], [...names, name])),
    apply: (_, __, given) => {
      const [holder, name] = target;
      const resolved = (one) => (Array.isArray(one) ? resolved(one[0])[one[1]] : one);
      const value = resolved(holder)[name](...given);
      if (name === "$select") return noting(value, names);
      called.add(names.join("."));
      return value;
    },
  });
}
const client = (accessToken) => noting(createRestAPIClient({ url, accessToken }));
const alice = client(aliceToken);
const bob = client(bobToken);
const admin = client(adminToken);
const eventually = async (check, what) => {
  for (let tries = 0; tries < 100; tries++) {
    const value = await check();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`${what} did not come`);
};
const ids = (list) => list.map((one) => one.id);
const refused = (statusCode, promise) => assert.rejects(promise, { statusCode });
const pixel = () =>
  new Blob([Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC", "base64",
  )], { type: "image/png" });

const stops = {
  async applicationsAndJoining() {
    const scopes = "read write";
    const app = await alice.v1.apps.create({ clientName: "every", redirectUris: "urn:ietf:wg:oauth:2.0:oob", scopes });
    assert.ok(app.clientSecret);
    const asked = { grant_type: "client_credentials", client_id: app.clientId, client_secret: app.clientSecret };
    const answer = await fetch(`${url}/oauth/token`, { method: "POST", body: new URLSearchParams({ ...asked, scope: scopes }) });
    const joining = client((await answer.json()).access_token);
    assert.equal((await joining.v1.apps.verifyCredentials()).name, "every");
    const token = await joining.v1.accounts.create({
      username: "newcomer", email: "newcomer@example.org", password: "a long password", agreement: true, locale: "en",
    });
    await refused(403, client(token.accessToken).v1.emails.confirmations.create({})); // it is confirmed already
  },

  async instance() {
    assert.ok((await alice.v1.instance.fetch()).uri);
    assert.ok((await alice.v2.instance.fetch()).domain);
    assert.deepEqual(await alice.v1.instance.peers.list(), []);
    assert.equal((await alice.v1.instance.activity.list()).length, 12);
    assert.ok((await alice.v1.instance.languages.list()).length > 0);
    assert.ok((await alice.v1.instance.extendedDescription.fetch()).content);
    assert.deepEqual(await alice.v1.instance.translationLanguages.list(), {});
    assert.deepEqual(await alice.v1.instance.domainBlocks.fetch(), []);
    assert.deepEqual(ids(await alice.v1.customEmojis.list()), [undefined]);
    const [news] = await alice.v1.announcements.list();
    await alice.v1.announcements.$select(news.id).reactions.$select("🍵").update();
    await alice.v1.announcements.$select(news.id).reactions.$select("🍵").remove();
    await alice.v1.announcements.$select(news.id).dismiss();
    assert.deepEqual(await alice.v1.announcements.list(), []);
  },

  async accounts() {
    const me = await alice.v1.accounts.verifyCredentials();
    const him = await bob.v1.accounts.lookup({ acct: "bob" });
    const bobSeen = alice.v1.accounts.$select(him.id);
    const changed = await alice.v1.accounts.updateCredentials({
      displayName: "Alice", avatar: pixel(), header: pixel(), discoverable: true, indexable: true,
      fieldsAttributes: [{ name: "Home", value: "a tree" }], source: { language: "en" },
    });
    assert.equal(changed.source.fields[0].name, "Home");
    await alice.v1.profile.avatar.remove();
    await alice.v1.profile.header.remove();
    await bob.v1.accounts.updateCredentials({ discoverable: true });
    assert.equal((await bobSeen.fetch()).username, "bob");
    assert.equal((await alice.v1.accounts.fetch({ id: [me.id, him.id] })).length, 2);
    assert.deepEqual(ids(await alice.v1.accounts.search.list({ q: "bob" })), [him.id]);
    assert.ok(ids(await alice.v1.directory.list()).includes(him.id));
    assert.equal((await bob.v1.accounts.$select(me.id).follow({ notify: true })).notifying, true);
    assert.deepEqual(ids(await bobSeen.following.list()), [me.id]);
    assert.deepEqual(ids(await alice.v1.accounts.$select(me.id).followers.list()), [him.id]);
    assert.equal((await alice.v1.accounts.relationships.fetch({ id: [him.id] }))[0].followedBy, true);
    assert.deepEqual((await alice.v1.accounts.familiarFollowers.fetch({ id: [him.id] }))[0].accounts, []);
    assert.equal((await bobSeen.note.create({ comment: "bees" })).note, "bees");
    assert.deepEqual(await bobSeen.identityProofs.list(), []);
    await bobSeen.mute({ duration: 60 });
    assert.deepEqual(ids(await alice.v1.mutes.list()), [him.id]);
    await bobSeen.unmute();
    await alice.v1.accounts.$select(him.id).follow();
    for (const [on, off] of [["pin", "unpin"], ["endorse", "unendorse"]]) {
      assert.equal((await bobSeen[on]()).endorsed, true);
      assert.deepEqual(ids(await alice.v1.endorsements.list()), [him.id]);
      assert.deepEqual(ids(await bob.v1.accounts.$select(me.id).endorsements.list()), [him.id]);
      assert.equal((await bobSeen[off]()).endorsed, false);
    }
    assert.equal((await bobSeen.removeFromFollowers()).followedBy, false);
    assert.equal((await bobSeen.unfollow()).following, false);
    await bobSeen.block();
    assert.deepEqual(ids(await alice.v1.blocks.list()), [him.id]);
    await bobSeen.unblock();
    await alice.v1.domainBlocks.create({ domain: "example.com" });
    assert.deepEqual([...(await alice.v1.domainBlocks.list())], ["example.com"]);
    await alice.v1.domainBlocks.remove({ domain: "example.com" });
    await alice.v1.accounts.updateCredentials({ locked: true });
    for (const answer of ["reject", "authorize"]) {
      assert.equal((await bob.v1.accounts.$select(me.id).follow()).requested, true);
      assert.deepEqual(ids(await alice.v1.followRequests.list()), [him.id]);
      await alice.v1.followRequests.$select(him.id)[answer]();
    }
    await alice.v1.accounts.updateCredentials({ locked: false });
    assert.equal((await alice.v1.preferences.fetch())["posting:default:visibility"], "public");
    await alice.v1.suggestions.list();
    const [one] = await alice.v2.suggestions.list();
    await alice.v1.suggestions.$select(one?.account.id ?? him.id).remove();
  },

  async media() {
    const made = await alice.v2.media.create({ file: pixel(), description: "A pixel." });
    assert.equal((await alice.v1.media.$select(made.id).fetch()).id, made.id);
    assert.equal((await alice.v1.media.$select(made.id).update({ description: "One." })).description, "One.");
    assert.ok((await alice.v1.media.create({ file: pixel() })).id);
    const status = await alice.v1.statuses.create({ status: "A pixel", mediaIds: [made.id] });
    assert.equal(status.mediaAttachments[0].description, "One.");
  },

  async statuses() {
    const status = await alice.v1.statuses.create({ status: "Tea for @bob #tea", spoilerText: "tea", language: "en" });
    const seen = bob.v1.statuses.$select(status.id);
    const reply = await bob.v1.statuses.create({ status: "@alice yes", inReplyToId: status.id });
    assert.equal((await seen.fetch()).id, status.id);
    assert.equal((await bob.v1.statuses.fetch({ id: [status.id, reply.id] })).length, 2);
    assert.deepEqual(ids((await seen.context.fetch()).descendants), [reply.id]);
    assert.deepEqual(await seen.card.fetch(), {}); // there is no link in it
    for (const verb of ["favourite", "bookmark", "reblog", "mute"]) await seen[verb]();
    assert.equal((await seen.rebloggedBy.list())[0].username, "bob");
    assert.equal((await seen.favouritedBy.list())[0].username, "bob");
    assert.deepEqual(ids(await bob.v1.bookmarks.list()), [status.id]);
    assert.deepEqual(ids(await bob.v1.favourites.list()), [status.id]);
    for (const verb of ["unfavourite", "unbookmark", "unreblog", "unmute"]) await seen[verb]();
    const mine = alice.v1.statuses.$select(status.id);
    assert.equal((await mine.pin()).pinned, true);
    assert.equal((await mine.unpin()).pinned, false);
    assert.ok((await mine.update({ status: "Coffee for @bob" })).editedAt);
    assert.equal((await mine.history.list()).length, 2);
    assert.equal((await mine.source.fetch()).text, "Coffee for @bob");
    await refused(503, seen.translate({ lang: "de" })); // nothing translates here
    assert.ok(ids(await bob.v1.accounts.$select(status.account.id).statuses.list()).includes(status.id));
    const poll = (await alice.v1.statuses.create({ status: "Tea?", poll: { options: ["yes", "no"], expiresIn: 3600 } })).poll;
    assert.equal((await bob.v1.polls.$select(poll.id).votes.create({ choices: [0] })).votesCount, 1);
    assert.deepEqual((await bob.v1.polls.$select(poll.id).fetch()).ownVotes, [0]);
    const scheduledAt = new Date(Date.now() + 3600e3).toISOString();
    const planned = await alice.v1.statuses.create({ status: "Later", scheduledAt });
    assert.deepEqual(ids(await alice.v1.scheduledStatuses.list()), [planned.id]);
    const later = alice.v1.scheduledStatuses.$select(planned.id);
    assert.equal((await later.fetch()).params.text, "Later");
    await later.update({ scheduledAt: new Date(Date.now() + 7200e3).toISOString() });
    await later.remove();
    await bob.v1.statuses.$select(reply.id).remove();
    await refused(404, bob.v1.statuses.$select(reply.id).fetch());
  },

  async timelinesAndTags() {
    const me = await alice.v1.accounts.verifyCredentials();
    const status = await alice.v1.statuses.create({ status: "One more #tea" });
    await bob.v1.accounts.$select(me.id).follow();
    await eventually(async () => ids(await bob.v1.timelines.home.list()).includes(status.id), "home");
    assert.ok(ids(await bob.v1.timelines.public.list({ local: true })).includes(status.id));
    assert.ok(ids(await bob.v1.timelines.tag.$select("tea").list()).includes(status.id));
    await refused(404, Promise.resolve(bob.v1.timelines.direct.list())); // Mastodon 3.0 took it away
    await refused(404, Promise.resolve(bob.v1.timelines.link.list({ url: "https://example.org/" }))); // only links that trend
    const list = await bob.v1.lists.create({ title: "Tea" });
    const kept = bob.v1.lists.$select(list.id);
    await kept.accounts.create({ accountIds: [me.id] });
    assert.deepEqual(ids(await kept.accounts.list()), [me.id]);
    assert.deepEqual(ids(await bob.v1.accounts.$select(me.id).lists.list()), [list.id]);
    assert.equal((await bob.v1.timelines.list.$select(list.id).list())[0].id, status.id);
    assert.equal((await kept.update({ title: "Teas" })).title, (await kept.fetch()).title);
    assert.equal((await bob.v1.lists.list()).length, 1);
    await kept.accounts.remove({ accountIds: [me.id] });
    await kept.remove();
    const marked = await bob.v1.markers.create({ home: { lastReadId: status.id } });
    assert.equal((await bob.v1.markers.fetch({ timeline: ["home"] })).home.lastReadId, marked.home.lastReadId);
    const tag = alice.v1.tags.$select("tea");
    for (const verb of ["follow", "unfollow", "feature", "unfeature", "follow"]) await tag[verb]();
    assert.equal((await tag.fetch()).following, true);
    assert.equal((await alice.v1.followedTags.list())[0].name, "tea");
    assert.equal((await alice.v1.featuredTags.suggestions.list())[0].name, "tea");
    const featured = await alice.v1.featuredTags.create({ name: "tea" });
    assert.deepEqual(ids(await alice.v1.featuredTags.list()), [featured.id]);
    assert.equal((await bob.v1.accounts.$select(me.id).featuredTags.list())[0].name, "tea");
    await alice.v1.featuredTags.$select(featured.id).remove();
    for (const kind of ["statuses", "links", "tags"]) assert.ok(Array.isArray(await bob.v1.trends[kind].list()));
    assert.ok((await bob.v2.search.list({ q: "tea" })).statuses.length > 0);
    assert.ok((await bob.v1.search.list({ q: "tea" })).statuses.length > 0);
  },

  async filters() {
    const status = await alice.v1.statuses.create({ status: "Who wins the cup" });
    const made = await bob.v2.filters.create({
      title: "Sport", context: ["home"], filterAction: "warn", keywordsAttributes: [{ keyword: "cup" }],
    });
    const one = bob.v2.filters.$select(made.id);
    assert.equal((await one.update({ title: "Sports", context: ["home"], filterAction: "warn" })).title, "Sports");
    assert.equal((await one.fetch()).title, (await bob.v2.filters.list())[0].title);
    const word = await one.keywords.create({ keyword: "goal" });
    assert.equal((await one.keywords.list()).length, 2);
    assert.equal((await bob.v2.filters.keywords.$select(word.id).update({ keyword: "own goal" })).keyword, "own goal");
    assert.equal((await bob.v2.filters.keywords.$select(word.id).fetch()).keyword, "own goal");
    await bob.v2.filters.keywords.$select(word.id).remove();
    const kept = await one.statuses.create({ statusId: status.id });
    assert.equal((await one.statuses.list())[0].statusId, status.id);
    assert.equal((await bob.v2.filters.statuses.$select(kept.id).fetch()).id, kept.id);
    await bob.v2.filters.statuses.$select(kept.id).remove();
    await one.remove();
    const old = await bob.v1.filters.create({ phrase: "snow", context: ["home"] });
    assert.equal((await bob.v1.filters.$select(old.id).update({ phrase: "rain", context: ["home"] })).phrase, "rain");
    assert.equal((await bob.v1.filters.$select(old.id).fetch()).phrase, (await bob.v1.filters.list())[0].phrase);
    await bob.v1.filters.$select(old.id).remove();
  },

  async notifications() {
    await alice.v1.notifications.clear();
    for (const status of ["@alice one", "@alice two"]) await bob.v1.statuses.create({ status });
    const told = await eventually(async () => {
      const all = await alice.v1.notifications.list();
      return all.length === 2 && all;
    }, "notifications");
    assert.equal((await alice.v1.notifications.$select(told[0].id).fetch()).type, "mention");
    assert.equal((await alice.v1.notifications.fetch?.({})).length, 2);
    assert.equal((await alice.v1.notifications.unreadCount.fetch()).count, 2);
    assert.equal((await alice.v2.notifications.unreadCount.fetch()).count, 2);
    const { notificationGroups } = await alice.v2.notifications.list();
    const group = alice.v2.notifications.$select(notificationGroups[0].groupKey);
    assert.equal((await group.fetch()).notificationGroups.length, 1);
    assert.equal((await group.accounts.fetch())[0].username, "bob");
    await group.dismiss();
    await alice.v1.notifications.$select(told[1].id).dismiss();
    assert.deepEqual([...(await alice.v1.notifications.list())], []);
    assert.equal((await alice.v2.notifications.policy.fetch()).forNotFollowing, "accept");
    await alice.v2.notifications.policy.update({ forNotFollowing: "filter" });
    const him = await bob.v1.accounts.verifyCredentials();
    await alice.v1.accounts.$select(him.id).unfollow();
    const requests = alice.v1.notifications.requests;
    for (const [text, settle] of [
      ["@alice a", (id) => requests.$select(id).dismiss()],
      ["@alice b", (id) => requests.dismiss({ id: [id] })],
      ["@alice c", (id) => requests.accept({ id: [id] })],
    ]) {
      await bob.v1.statuses.create({ status: text });
      const [asking] = await eventually(async () => {
        const all = await requests.list();
        return all.length > 0 && all;
      }, "a request");
      assert.equal((await requests.$select(asking.id).fetch()).account.username, "bob");
      await settle(asking.id);
    }
    const stranger = client(strangerToken);
    await stranger.v1.statuses.create({ status: "@alice d" });
    const [asking] = await eventually(async () => {
      const all = await requests.list();
      return all.length > 0 && all;
    }, "a request");
    await requests.$select(asking.id).accept();
    assert.equal(typeof (await requests.merged.fetch()).merged, "boolean");
    await alice.v2.notifications.policy.update({ forNotFollowing: "accept" });
    const subscription = { endpoint: "https://push.example/1", keys: { auth: "AAAAAAAAAAAAAAAAAAAAAA", p256dh:
      "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U" } };
    const pushing = await alice.v1.push.subscription.create({ subscription, data: { alerts: { mention: true } }, policy: "all" });
    assert.equal(pushing.alerts.mention, true);
    assert.equal((await alice.v1.push.subscription.fetch()).endpoint, subscription.endpoint);
    assert.equal((await alice.v1.push.subscription.update({ data: { alerts: { poll: true } }, policy: "all" })).alerts.poll, true);
    await alice.v1.push.subscription.remove();
  },

  async conversationsAndReports() {
    await bob.v1.statuses.create({ status: "@alice psst", visibility: "direct" });
    const [talk] = await eventually(async () => {
      const all = await alice.v1.conversations.list();
      return all.length > 0 && all;
    }, "a conversation");
    const one = alice.v1.conversations.$select(talk.id);
    assert.equal((await one.read()).unread, false);
    assert.equal((await one.unread()).unread, true);
    await one.remove();
    const him = await bob.v1.accounts.verifyCredentials();
    assert.equal((await alice.v1.reports.create({ accountId: him.id, comment: "Again" })).comment, "Again");
  },
};

// What moderators do; the fourth token is an administrator's.
stops.moderation = async () => {
  const { accounts, reports, trends, ...others } = Object.fromEntries(
    ["accounts", "reports", "trends", "domainBlocks", "domainAllows", "emailDomainBlocks", "ipBlocks",
      "canonicalEmailBlocks", "measures", "dimensions", "retention"].map((name) => [name, admin.v1.admin[name]]),
  );
  const stranger = await client(strangerToken).v1.accounts.verifyCredentials();
  const filed = await alice.v1.reports.create({ accountId: stranger.id, comment: "Kettles", category: "spam" });
  assert.ok(ids(await reports.list()).includes(filed.id));
  const report = reports.$select(filed.id);
  assert.equal((await report.fetch()).targetAccount.username, "stranger");
  assert.ok((await report.assignToSelf()).assignedAccount);
  assert.equal((await report.unassign()).assignedAccount, null);
  assert.equal((await report.resolve()).actionTaken, true);
  assert.equal((await report.reopen()).actionTaken, false);
  const one = accounts.$select(stranger.id);
  assert.ok(ids(await accounts.list({ username: "stranger" })).includes(stranger.id));
  for (const [type, state, undo] of [
    ["sensitive", "sensitized", "unsensitive"], ["silence", "silenced", "unsilence"],
    ["disable", "disabled", "enable"], ["suspend", "suspended", "unsuspend"],
  ]) {
    await one.action.create({ type, sendEmailNotification: false });
    assert.equal((await one.fetch())[state], true);
    assert.equal((await one[undo]())[state], false);
  }
  for (const verb of ["approve", "reject"]) await refused(403, one[verb]()); // nobody has to be let in here

  const list = { limit: 5 };
  const domain = "kettles.example";
  const blocked = await others.domainBlocks.create({ domain, severity: "silence" });
  const block = others.domainBlocks.$select(blocked.id);
  assert.equal((await block.update({ domain, severity: "suspend" })).severity, (await block.fetch()).severity);
  assert.equal((await others.domainBlocks.list(list)).length, 1);
  await block.remove();
  for (const kind of ["domainAllows", "emailDomainBlocks"]) {
    const made = await others[kind].create({ domain });
    assert.equal((await others[kind].$select(made.id).fetch()).domain, (await others[kind].list(list))[0].domain);
    await others[kind].$select(made.id).remove();
  }
  const network = await others.ipBlocks.create({ ip: "192.0.2.64/28", severity: "sign_up_block" });
  const known = others.ipBlocks.$select(network.id);
  assert.equal((await known.update({ severity: "sign_up_block", comment: "Kettles" })).comment, "Kettles");
  assert.equal((await known.fetch()).ip, (await others.ipBlocks.list(list))[0].ip);
  await known.remove();
  const address = await others.canonicalEmailBlocks.create({ email: "kettles@mail.example" });
  assert.equal((await others.canonicalEmailBlocks.test({ email: "kettles@mail.example" }))[0].id, address.id);
  const canonical = others.canonicalEmailBlocks.$select(address.id);
  assert.equal((await canonical.fetch()).id, (await others.canonicalEmailBlocks.list(list))[0].id);
  await canonical.remove();

  const week = { startAt: new Date(Date.now() - 7 * 86400e3).toISOString(), endAt: new Date().toISOString() };
  assert.equal((await others.measures.create({ keys: ["new_users", "opened_reports"], ...week })).length, 2);
  assert.equal((await others.dimensions.create({ keys: ["languages", "sources"], ...week })).length, 2);
  assert.ok((await others.retention.create({ frequency: "day", ...week })).length > 0);
  for (const kind of ["tags", "statuses", "links"]) assert.ok(Array.isArray(await trends[kind].list()));
  assert.ok(Array.isArray(await trends.links.publishers.list()));
  assert.equal((await trends.tags.$select("tea").reject()).trendable, false);
  assert.equal((await trends.tags.$select("tea").approve()).trendable, true);
  const said = await alice.v1.statuses.create({ status: "Nothing that trends" });
  for (const verdict of ["reject", "approve"]) {
    assert.equal((await trends.statuses.$select(said.id)[verdict]()).id, said.id);
    // Nothing trends on a new server, so there is no link to judge.
    await assert.rejects(trends.links.$select("1")[verdict](), { statusCode: 404 });
    await assert.rejects(trends.links.publishers.$select("1")[verdict](), { statusCode: 404 });
  }
};

// All streams on one socket, and one of them left again.
stops.streams = async () => {
  const { configuration } = await bob.v2.instance.fetch();
  const streaming = createStreamingAPIClient({ streamingApiUrl: configuration.urls.streaming, accessToken: bobToken });
  const me = await alice.v1.accounts.verifyCredentials();
  const list = await bob.v1.lists.create({ title: "Heard" });
  await bob.v1.lists.$select(list.id).accounts.create({ accountIds: [me.id] });
  const subscriptions = {
    user: streaming.user.subscribe(),
    "user.notification": streaming.user.notification.subscribe(),
    direct: streaming.direct.subscribe(),
    list: streaming.list.subscribe({ list: list.id }),
    public: streaming.public.subscribe(),
    "public.local": streaming.public.local.subscribe(),
    "public.media": streaming.public.media.subscribe(),
    "public.local.media": streaming.public.local.media.subscribe(),
    "public.remote": streaming.public.remote.subscribe(),
    "public.remote.media": streaming.public.remote.media.subscribe(),
    hashtag: streaming.hashtag.subscribe({ tag: "pekoe" }),
    "hashtag.local": streaming.hashtag.local.subscribe({ tag: "pekoe" }),
  };
  const heard = Object.fromEntries(Object.keys(subscriptions).map((name) => [name, []]));
  const listening = Object.entries(subscriptions).map(async ([name, subscription]) => {
    for await (const event of subscription) heard[name].push(event);
  });
  const quiet = ["public.remote", "public.remote.media"]; // there is no other server
  // A subscription is not acknowledged: say it until everybody has heard.
  await eventually(async () => {
    const picture = await alice.v2.media.create({ file: pixel() });
    await alice.v1.statuses.create({ status: "@bob orange #pekoe", mediaIds: [picture.id] });
    await alice.v1.statuses.create({ status: "@bob psst", visibility: "direct" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    return Object.keys(heard).every((name) => heard[name].length > 0 || quiet.includes(name));
  }, "what all streams bring").catch((error) => assert.fail(`${error.message}; silent: ${
    Object.keys(heard).filter((name) => heard[name].length === 0)}`));
  assert.ok(heard.direct.every((event) => event.event === "conversation"));
  assert.ok(heard["user.notification"].every((event) => event.event === "notification"));
  assert.ok(heard.hashtag.every((event) => event.payload.tags.some((tag) => tag.name === "pekoe")));
  assert.deepEqual(quiet.flatMap((name) => heard[name]), []);
  subscriptions.hashtag.unsubscribe();
  await eventually(async () => { // the server may be on its way with something when it hears that one left
    const last = await alice.v1.statuses.create({ status: "Last #pekoe" });
    const came = (name) => heard[name].some((event) => event.event === "update" && event.payload.id === last.id);
    await eventually(() => came("hashtag.local") && came("user"), "what comes after one is left");
    await new Promise((resolve) => setTimeout(resolve, 300));
    return !came("hashtag");
  }, "silence after one is left");
  for (const [name, subscription] of Object.entries(subscriptions)) if (name !== "hashtag") subscription.unsubscribe();
  streaming.close();
  await Promise.all(listening);
};

const failed = {};
for (const [name, visit] of Object.entries(stops)) {
  try {
    await visit();
  } catch (error) {
    failed[name] = `${error.stack}`;
  }
}
const all = methods();
console.log(JSON.stringify({ failed, methods: all.length, missed: all.filter((name) => !called.has(name)) }));
process.exit(0);
