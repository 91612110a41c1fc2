// What a client written with masto does: two members, REST and streaming. Prints one JSON line a step; throws when surprised.
import assert from "node:assert/strict";
import { createRestAPIClient, createStreamingAPIClient } from "masto";

const [url, aliceToken, bobToken] = process.argv.slice(2);
const alice = createRestAPIClient({ url, accessToken: aliceToken });
const bob = createRestAPIClient({ url, accessToken: bobToken });

const instance = await alice.v2.instance.fetch();
assert.match(instance.version, /^4\.5\.\d+ \(compatible; Harken /);
const me = await alice.v1.accounts.verifyCredentials();
assert.equal(me.username, "alice");

// ---- streaming: open before anything is said ----
const streaming = createStreamingAPIClient({
  streamingApiUrl: instance.configuration.urls.streaming,
  accessToken: bobToken,
});
const heard = [];
const subscription = streaming.user.subscribe();
const listening = (async () => {
  for await (const event of subscription) heard.push(event);
})();
const eventually = async (check, what) => {
  for (let tries = 0; tries < 100; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`${what} did not come; heard ${heard.map((event) => event.event)}`);
};

// ---- REST ----
const relation = await bob.v1.accounts.$select(me.id).follow();
assert.equal(relation.following, true);
// A subscription is not acknowledged: knock until it is heard.
await eventually(async () => {
  await bob.v1.statuses.create({ status: "knock" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  return heard.length > 0;
}, "knock");
const status = await alice.v1.statuses.create({ status: "Breakfast was #lovely @bob", visibility: "public" });
await eventually(() => heard.some((event) => event.event === "update" && event.payload.id === status.id), "update");
await eventually(() => heard.some((event) => event.event === "notification"), "notification");

const reply = await bob.v1.statuses.create({ status: "@alice what was it?", inReplyToId: status.id });
const context = await alice.v1.statuses.$select(status.id).context.fetch();
assert.deepEqual(context.descendants.map((one) => one.id), [reply.id]);
for (const verb of ["favourite", "reblog", "bookmark"]) await bob.v1.statuses.$select(status.id)[verb]();
const seen = await bob.v1.statuses.$select(status.id).fetch();
assert.ok(seen.favourited && seen.reblogged && seen.bookmarked);
assert.equal((await alice.v1.statuses.$select(status.id).favouritedBy.list())[0].username, "bob");
await eventually(async () => (await alice.v1.notifications.list()).length >= 4, "notifications");
assert.ok((await alice.v2.notifications.list()).notificationGroups.length >= 4);

const edited = await alice.v1.statuses.$select(status.id).update({ status: "Breakfast was #late @bob" });
assert.ok(edited.editedAt);
await eventually(() => heard.some((event) => event.event === "status.update"), "status.update");
assert.equal((await alice.v1.statuses.$select(status.id).source.fetch()).text, "Breakfast was #late @bob");

const found = await bob.v2.search.list({ q: "breakfast", type: "statuses" });
assert.deepEqual(found.statuses.map((one) => one.id), [status.id]);
for (let number = 0; number < 5; number++) await alice.v1.statuses.create({ status: `number ${number}` });
const pages = [];
for await (const page of bob.v1.accounts.$select(me.id).statuses.list({ limit: 2 })) pages.push(page.length);
assert.deepEqual(pages.reduce((sum, each) => sum + each, 0), 6);

const poll = await alice.v1.statuses.create({ status: "Tea?", poll: { options: ["yes", "no"], expiresIn: 3600 } });
const voted = await bob.v1.polls.$select(poll.poll.id).votes.create({ choices: [0] });
assert.equal(voted.votesCount, 1);

const list = await bob.v1.lists.create({ title: "Tea" });
await bob.v1.lists.$select(list.id).accounts.create({ accountIds: [me.id] });
assert.equal((await bob.v1.timelines.list.$select(list.id).list({ limit: 3 })).length, 3);
const filter = await bob.v2.filters.create({
  title: "Numbers", context: ["home"], filterAction: "warn", keywordsAttributes: [{ keyword: "number" }],
});
assert.equal((await bob.v2.filters.$select(filter.id).keywords.list()).length, 1);
const changed = await alice.v1.accounts.updateCredentials({
  displayName: "Alice", fieldsAttributes: [{ name: "Home", value: "a tree" }], source: { sensitive: true },
});
assert.equal(changed.source.fields[0].value, "a tree");

await assert.rejects(bob.v1.statuses.create({ status: "" }), { statusCode: 422 });
await assert.rejects(alice.v1.statuses.$select("1").fetch(), { statusCode: 404, message: "Record not found" });
await alice.v1.statuses.$select(status.id).remove();
await eventually(() => heard.some((event) => event.event === "delete" && event.payload === status.id), "delete");
subscription.unsubscribe();
streaming.close();
await listening;
console.log(JSON.stringify({ heard: heard.length }));
process.exit(0);
