/** What is kept of tokens and pages: digests, on disk before they count; a damaged file lets nobody in and is kept aside. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { CredentialBook, mostPages, mostTokens } from "../../../src/hub/web/credential-book.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";

const clock = new ManualClock();
const open = (dir: string): Promise<CredentialBook> =>
  CredentialBook.open({ dir, mayLetIn: () => true, clock, random: systemRandom, log: silentLog });

describe("the book of credentials", (it) => {
  it("keeps digests alone, in a file of mode 0600, over restarts", async () => {
    const dir = tempDirectory();
    const { secret, credential } = await (await open(dir)).add({ kind: "token", name: "panel", rights: [{ allows: "read" }] });
    const text = readFileSync(join(dir, "web.json"), "utf8");
    assert.not.ok(text.includes(secret.slice(4)));
    assert.is(statSync(join(dir, "web.json")).mode & 0o777, 0o600);
    const again = await open(dir);
    assert.equal(again.find(secret), credential);
    assert.is(again.find(secret.slice(4)), undefined);
    assert.is(again.find(credential.digest), undefined);
    await again.delete("panel");
    assert.is((await open(dir)).find(secret), undefined);
  });

  it("ends what a device has let in when that one may no more", async () => {
    const members = new Set(["MPHONE", "MLAPTOP"]);
    const dir = tempDirectory();
    const book = await CredentialBook.open({ dir, mayLetIn: (udf) => members.has(udf), clock, random: systemRandom, log: silentLog });
    const pageOf = (device?: string) => book.add({ kind: "page", name: "page", rights: [{ allows: "command" }], device });
    const [phone, laptop, here] = [await pageOf("MPHONE"), await pageOf("MLAPTOP"), await pageOf()];
    await book.addPasskey({ id: "key", name: "phone", device: "MPHONE", passkey: { rp: "hub.local", publicKey: "", counter: 0 } });
    const ended: string[] = [];
    book.onEnded((id) => ended.push(id));
    members.delete("MPHONE");
    assert.is(book.find(phone.secret), undefined, "at once, before anything is written");
    await book.prune();
    assert.equal(ended.sort(), [phone.credential.id, "key"].sort());
    assert.not.match(readFileSync(join(dir, "web.json"), "utf8"), /MPHONE/);
    members.add("MPHONE");
    assert.is(book.find(phone.secret), undefined, "and for good");
    assert.equal(
      [laptop, here].map(({ secret }) => book.find(secret)?.id),
      [laptop.credential.id, here.credential.id],
    );
  });

  it("tells of whatever a write leaves out, and ends what is under way when a full disk takes no write", async () => {
    const members = new Set(["MPHONE", "MTABLET"]);
    const dir = tempDirectory();
    const time = new ManualClock();
    const book = await CredentialBook.open({ dir, mayLetIn: (udf) => members.has(udf), clock: time, random: systemRandom, log: silentLog });
    const pageOf = (device?: string, untilMs?: number) => book.add({ kind: "page", name: "page", rights: [], device, untilMs });
    const ended: string[] = [];
    book.onEnded((id) => ended.push(id));
    const told = (): readonly string[] => ended.splice(0).sort();
    const addKey = (id: string) => book.addPasskey({ id, name: "key", passkey: { rp: "hub.local", publicKey: "", counter: 0 } });
    await addKey("used");
    const writes: readonly (() => Promise<unknown>)[] = [
      () => book.add({ kind: "token", name: "panel", rights: [] }),
      () => book.passkeyUsed("used", 1),
      () => addKey("another"),
    ];
    for (const write of writes) {
      members.add("MPHONE");
      const [phone, short] = [await pageOf("MPHONE"), await pageOf(undefined, time.now() + 1000)];
      members.delete("MPHONE");
      time.advance(1000);
      await write();
      assert.equal(told(), [phone.credential.id, short.credential.id].sort());
    }
    members.add("MPHONE");
    const phone = await pageOf("MPHONE");
    members.delete("MPHONE");
    await book.delete("panel");
    assert.is(told().length, 2, "the token and the page");
    assert.is(book.find(phone.secret), undefined);
    const tablet = await pageOf("MTABLET");
    members.delete("MTABLET");
    rmSync(dir, { recursive: true });
    writeFileSync(dir, "no directory: nothing is written here");
    await throwsMesh(book.prune(), "ERR_STORE");
    assert.equal(told(), [tablet.credential.id]);
    assert.is(book.find(tablet.secret), undefined);
  });

  it("takes so many tokens, and of pages the newest", async () => {
    const book = await open(tempDirectory());
    for (let i = 0; i < mostTokens; i++) await book.add({ kind: "token", name: `t${i}`, rights: [{ allows: "read" }] });
    const error = await throwsMesh(book.add({ kind: "token", name: "more", rights: [] }), "ERR_QUOTA");
    assert.match(error.message, /64 tokens/);
    const secrets: string[] = [];
    for (let i = 0; i <= mostPages; i++) secrets.push((await book.add({ kind: "page", name: "owner", rights: [] })).secret);
    assert.is(book.find(secrets[0]!), undefined);
    assert.is.not(book.find(secrets[1]!), undefined);
    assert.is(book.list().length, mostTokens + mostPages);
  });

  it("lets nobody in by a file that is damaged, and keeps it", async () => {
    for (const text of ["", "{", '{"version":2,"credentials":[]}', '{"version":1,"credentials":[{"id":"A"}]}']) {
      const dir = tempDirectory();
      writeFileSync(join(dir, "web.json"), text);
      const book = await open(dir);
      assert.equal(book.list(), []);
      const kept = readdirSync(dir).filter((name) => name.includes("kept") || name.startsWith("web.json."));
      assert.is(kept.length, 1, readdirSync(dir).join());
      await book.add({ kind: "token", name: "panel", rights: [{ allows: "read" }] });
    }
  });
});
