/**
 * A stolen hub, together with the whole disk of the service: every key that can be gathered is tried on everything. What opens is what the role
 * hub grants, and nothing that the owner keeps for herself; no key signs as the owner or as a device, and none connects one.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Flash } from "../../../firmware-stubs/virtual/image/flash.ts";
import { DeviceImage } from "../../../firmware-stubs/virtual/image/image.ts";
import { baseKeys, freshKeys } from "../../../firmware-stubs/virtual/image/own-key.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { issuePin } from "../../../src/account/index.ts";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import type { Struct } from "../../../src/codec/index.ts";
import { tag } from "../../../src/codec/index.ts";
import { addPrivate, privateKeyFromScalar } from "../../../src/crypto/index.ts";
import { loadIdentity } from "../../../src/provider/identity.ts";
import type { CatalogLabel, ProfileUser } from "../../../src/schema/index.ts";
import {
  CatalogedApplication,
  CatalogedBookmark,
  CatalogedContact,
  CatalogedCredential,
  CatalogedNetwork,
  CatalogedTask,
  ConnectionDevice,
  deviceCatalog,
  peekObject,
  placeCatalog,
  stateCatalog,
} from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { Hub, World } from "../../kit/hub.ts";
import { collect, startHub, startWorld } from "../../kit/hub.ts";
import type { Found } from "./burgle.ts";
import { burgle, sequencesOf } from "./burgle.ts";
import type { Harvest } from "./harvest.ts";
import { harvest, sums } from "./harvest.ts";

const granted: readonly string[] = [
  "MMM_Automation",
  "MMM_Device",
  "MMM_Grant",
  "MMM_Joined",
  "MMM_Network",
  "MMM_Place",
  "MMM_Publication",
  "MMM_State",
];
const kept: readonly CatalogLabel[] = ["MMM_Contact", "MMM_Credential", "MMM_Bookmark", "MMM_Task", "MMM_Application"];

async function write<T>(context: AccountContext, store: CatalogLabel, struct: Struct<T>, key: string, value: T): Promise<void> {
  await context.transact({ catalogs: [{ store, key, change: () => tag(struct, value) }] });
}

/** Entries whose text can be told anywhere: the label of the store, `sentinel` and a number. */
async function plant(context: AccountContext, round: number): Promise<void> {
  const mark = (store: CatalogLabel): string => `${store} sentinel ${round}`;
  await write(context, "MMM_Contact", CatalogedContact, `c${round}`, { Key: `c${round}`, Labels: [mark("MMM_Contact")] });
  await write(context, "MMM_Credential", CatalogedCredential, `ssh:${round}`, {
    Protocol: "ssh",
    Service: `${round}.example.com`,
    Username: "alice",
    Password: mark("MMM_Credential"),
  });
  await write(context, "MMM_Bookmark", CatalogedBookmark, `b${round}`, {
    Uri: "https://example.com",
    Title: mark("MMM_Bookmark"),
    Path: `b${round}`,
  });
  await write(context, "MMM_Task", CatalogedTask, `t${round}`, { Key: `t${round}`, Title: mark("MMM_Task") });
}

function texts(found: readonly Found[], label: string): string[] {
  return found.flatMap(({ where, plaintext }) => (where === label && plaintext ? [fromUtf8(plaintext)] : []));
}

function never(): never {
  throw new Error("no power failure was asked for");
}

describe("attack: a stolen hub with the service's disk", (it) => {
  let world: World;
  let hub: Hub;
  let bulb: Awaited<ReturnType<World["bulb"]>>;
  let sequences: Awaited<ReturnType<typeof sequencesOf>>;
  let thief: Harvest;
  let loot: Found[];

  it.before(async () => {
    world = await startWorld();
    const { alice, hubContext, household } = world;
    hub = await startHub({ context: hubContext, media: [world.medium], dir: join(world.dir, "hub") });
    await household.join(alice, "web", ["web", "command"]);
    // A second hub with secrets of its own: they are not for the first.
    await household.join(alice, "other hub", ["hub"]);
    await plant(alice, 1);
    await write(alice, "MMM_Application", CatalogedApplication, "app", { Key: "app", Labels: ["MMM_Application sentinel 1"] });
    await write(alice, "MMM_Network", CatalogedNetwork, "wifi:home", { Service: "home", Password: "MMM_Network sentinel 1" });
    await issuePin(alice, { roles: ["admin"], minutes: 60, localName: "MMM_Local sentinel" });
    bulb = await world.bulb("bulb");
    bulb.on();
    const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri, name: "sentinel lamp" }))).at(-1);
    if (last?.step !== "register" || last.state !== "done") throw new Error(`not connected: ${last?.message}`);
    await eventually("online", () => hub.links.status(bulb.made.deviceUdf) === "Online");
    await world.agent(false);
    // Entries of a later session of another process, under another key exchange, and one that is deleted.
    await plant(alice, 2);
    await alice.transact({ catalogs: [{ store: "MMM_Contact", key: "c1", change: () => undefined }] });
    await hubContext.sync();

    const service = join(household.dir, "service");
    sequences = await sequencesOf(service);
    thief = harvest({
      memory: [
        hubContext.keys,
        hubContext.identity,
        hubContext.profile,
        hub.links.devices.list(),
        [hubContext.list(deviceCatalog), hubContext.list(placeCatalog), hubContext.list(stateCatalog)],
        // The service's keys.
        await loadIdentity({ dir: service, random: ports.random }),
        // The printed code, which a hub knows until its device is connected.
        bulb.made.uri,
      ],
      directories: [join(world.dir, "hub"), hubContext.dir, service],
    });
    loot = sequences.flatMap((sequence) => [...burgle(sequence, thief)]);
  });
  it.after(async () => {
    await hub.stop();
    await world.stop();
  });

  it("has a purse worth trying, and loot that shows it", () => {
    assert.ok(thief.keys.filter(({ curve }) => curve === "X448").length > 50, `${thief.keys.length} keys`);
    assert.ok(thief.octets.length > 100);
    const opened = new Set(loot.filter(({ plaintext }) => plaintext).map(({ where }) => where));
    for (const label of ["MMM_Device", "MMM_Network", "MMM_Device/EnvelopedActivationHub", "MMM_Access"]) assert.ok(opened.has(label), label);
    assert.ok(texts(loot, "MMM_Network").some((text) => text.includes("MMM_Network sentinel 1")));
  });

  it("opens nothing of what the owner keeps", () => {
    for (const label of kept) {
      const frames = loot.filter(({ where }) => where === label);
      assert.ok(frames.length > 0, `${label} has sealed frames`);
      assert.is(frames.filter(({ plaintext }) => plaintext).length, 0, label);
    }
    for (const { where, plaintext } of loot) {
      if (plaintext) assert.not.match(fromUtf8(plaintext), /MMM_(Contact|Credential|Bookmark|Task|Application|Local) sentinel/, where);
    }
  });

  it("opens only what the role hub, or the service, is granted", () => {
    const services = ["MMM_Access", "MMM_Publication", "MMM_Joined"];
    const own = ["MMM_Device/EnvelopedActivationHub", "MMM_Device/EnvelopedActivationDevice", "MMM_Device/EnvelopedActivationAccount"];
    const messages = ["MMM_Command/message", "MMM_Local/message", "MMM_Access/EnvelopedCatalogedDevice", "MMM_Access/EnvelopedActivationDevice"];
    const allowed = [...granted, ...services, ...own, ...messages, "MMM_Access/EnvelopedActivationAccount", "MMM_Local/EnvelopedActivationDevice"];
    allowed.push("MMM_Local/EnvelopedActivationAccount");
    const opened = [...new Set(loot.filter(({ plaintext }) => plaintext).map(({ where }) => where))];
    assert.equal(
      opened.filter((where) => !allowed.includes(where)),
      [],
    );
    const shut = ["MMM_Device/EnvelopedActivationDeal", "MMM_Device/SealedUri", "MMM_Inbound/message", "MMM_Inbound/SealedUri"];
    for (const where of shut) assert.not.ok(opened.includes(where), where);
    assert.ok(
      loot.some(({ where }) => where === "MMM_Device/EnvelopedActivationDeal"),
      "the deal was tried",
    );
    // Of the entries that hold several devices' secrets, each gives only this hub's.
    const count = (where: string, isOpen: boolean): number =>
      loot.filter((found) => found.where === where && (found.plaintext !== undefined) === isOpen).length;
    for (const where of ["MMM_Device/EnvelopedActivationAccount", "MMM_Access/EnvelopedCatalogedDevice"]) {
      assert.is(count(where, true), 1, where);
      assert.ok(count(where, false) >= 3, `those of the other devices were tried: ${where}`);
    }
    const local = loot.filter(({ where, plaintext }) => where === "MMM_Local/message" && plaintext);
    assert.is(local.length, 1, "the answer to its own request to be connected");
  });

  it("while the owner's keys open all of it", () => {
    const { alice } = world;
    const owner = harvest({ memory: [alice.keys, alice.identity], directories: [] });
    const opened = sequences.flatMap((sequence) => [...burgle(sequence, owner)]);
    for (const label of kept) {
      const found = opened.filter(({ where }) => where === label);
      const own = found.filter(({ plaintext }) => plaintext);
      assert.ok(own.length > 0, label);
      assert.ok(
        texts(opened, label).some((text) => text.includes(`${label} sentinel 1`)),
        label,
      );
    }
    const deals = opened.filter(({ where }) => where === "MMM_Device/EnvelopedActivationDeal");
    assert.ok(deals.length > 0 && deals.every(({ plaintext }) => plaintext));
    assert.ok(texts(opened, "MMM_Local/message").some((text) => text.includes("MMM_Local sentinel")));
    // The very frames that stayed shut for the thief.
    const missed = loot.filter(({ where, plaintext }) => kept.includes(where as CatalogLabel) && !plaintext).length;
    assert.is(opened.filter(({ where, plaintext }) => kept.includes(where as CatalogLabel) && plaintext).length, missed);
  });

  it("has no key of the owner and cannot make one", () => {
    const profile = world.alice.profile as ProfileUser & Record<string, { Udf?: string }>;
    const keys = Object.entries(profile).flatMap(([name, value]) => (typeof value === "object" && value?.Udf ? [{ name, udf: value.Udf }] : []));
    assert.ok(keys.length >= 7);
    const owned = new Set(thief.keys.map(({ public: { udf } }) => udf));
    for (const { name, udf } of keys) assert.not.ok(owned.has(udf), name);
    assert.ok(owned.has(world.hubContext.keys.signature.public.udf), "its own it has");
    const admin = world.alice.keys.administrator;
    assert.ok(admin && keys.some(({ udf }) => udf === admin.signature25519.public.udf), "the owner has hers");
  });

  it("cannot sign or decrypt as the device: its half is no use without the device's", () => {
    const entry = world.hubContext.get(deviceCatalog, bulb.made.deviceUdf);
    assert.ok(entry);
    const connection = peekObject(ConnectionDevice, entry.EnvelopedConnectionDevice);
    const wanted = new Map([connection.Signature, connection.Encryption].map(({ Udf }) => [Udf, true]));
    const own = thief.keys.filter(({ curve }) => curve === "Ed25519");
    assert.ok(own.length > 10, `${own.length} keys of that curve`);
    for (const key of own) assert.not.ok(wanted.has(key.public.udf));
    const parts = hub.links.devices.get(bulb.made.deviceUdf)?.activation;
    assert.ok(parts);
    const scalars = [parts.SignatureShare, parts.EncryptShare].map((share) => {
      const half = share.PrivateParameters?.value;
      assert.ok(half && "crv" in half);
      return privateKeyFromScalar("Ed25519", half.Private);
    });
    for (const key of own) for (const share of scalars) assert.not.ok(wanted.has(addPrivate(key, share).public.udf));
    for (const sum of sums(scalars, "Ed25519")) assert.not.ok(wanted.has(sum.public.udf));
    // With the device's own part the very same sum fits.
    const image = new DeviceImage(new Flash(join(world.dir, "bulb"), never));
    const slot = image.active;
    assert.ok(slot);
    const base = baseKeys(image.factory.PrivateKeyUDF);
    const whole = [base.signature, freshKeys(slot).signature, privateKeyFromScalar("Ed25519", slot.Connection.SignatureShare), scalars[0]!];
    assert.is(whole.reduce(addPrivate).public.udf, connection.Signature.Udf);
  });

  it("leaves no plaintext on its disk or the service's", () => {
    const needles = ["MMM_Contact sentinel", "MMM_Credential sentinel", "MMM_Local sentinel", "MMM_Network sentinel", "sentinel lamp"].map(utf8);
    for (const directory of [join(world.dir, "hub"), world.hubContext.dir, join(world.household.dir, "service")]) {
      for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const content = readFileSync(join(entry.parentPath, entry.name));
        for (const needle of needles) assert.not.ok(content.includes(Buffer.from(needle)), `${entry.name} holds ${fromUtf8(needle)}`);
      }
    }
  });
});
