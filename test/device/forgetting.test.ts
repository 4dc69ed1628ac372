/**
 * What the firmware in C leaves in its flash of what it has forgotten: by a reset, a release, another deal, another delegation, and where power is lost at a
 * write of that (at the writes that differ daily, at each by `npm run test:power-cuts`). The files of its image are searched octet by octet, which stands for
 * a debugger at a chip.
 */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { concat, equalBytes, fromHex, utf8 } from "../../src/base/bytes.ts";
import { decodeBase64url } from "../../src/codec/index.ts";
import { publicKeyOf, ReleaseDevice, ResetDevice } from "../../src/schema/index.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { pause } from "../kit/broker.ts";
import { order, releaseTo } from "../kit/device.ts";
import { delegation, makePhone } from "../kit/lock-house.ts";
import type { Made } from "../kit/owner.ts";
import { dealTo, newCode, random } from "../kit/owner.ts";
import type { Heard } from "./device-under-test.ts";
import { DeviceUnderTest, powerLost } from "./device-under-test.ts";
import { posix } from "./implementation.ts";
import { startReach } from "./reach.ts";

const firmware = posix();
const everyCut = process.env.MESH_POWER_CUTS !== undefined;

/** What an image may not hold any more, by name. */
type Secrets = Readonly<Record<string, Uint8Array>>;

/** The private key of X25519 of a public one, where it stands somewhere in these octets. */
function privateOf(wanted: Uint8Array, octets: Uint8Array): Uint8Array {
  const head = fromHex("302e020100300506032b656e04220420") ?? new Uint8Array();
  for (let at = 0; at + 32 <= octets.length; at++) {
    const key = octets.subarray(at, at + 32);
    const made = createPublicKey(createPrivateKey({ key: Buffer.from(concat(head, key)), format: "der", type: "pkcs8" }));
    if (equalBytes(decodeBase64url(made.export({ format: "jwk" }).x ?? "") ?? key, wanted)) return key.slice();
  }
  throw new Error("there is no such key");
}

const filesOf = (dir: string): string[] => readdirSync(dir).filter((name) => name !== "factory.jbcd");

/** The names of those that stand in a file of an image, its maker's values aside. */
function found(dir: string, secrets: Secrets): string[] {
  const files = filesOf(dir).map((name) => ({ name, octets: readFileSync(join(dir, name)) }));
  return Object.entries(secrets).flatMap(([what, wanted]) =>
    files.flatMap(({ name, octets }) => (octets.includes(Buffer.from(wanted)) ? [`${what} in ${name}`] : [])),
  );
}

/** A lock that was released to its owner once, connected, and obeys a phone; how it stands, and what it holds. */
async function connected() {
  const missing = firmware.missing("lock");
  skipUnless(missing === undefined, missing ?? "");
  const device = new DeviceUnderTest({ implementation: firmware, className: "lock", reach: await startReach("tcp") });
  await device.powerOn();
  await (await device.connect()).session.close();
  const first = await device.link();
  const renewed = newCode(device.made);
  assert.is((await first.session.request("Release", released(device, renewed))).Result, "Accept");
  await device.powerCycle();
  [device.made, device.dealt] = [renewed, undefined];
  const { session } = await device.connect();
  const phone = makePhone();
  // The second of two: the next delegation is of one.
  assert.is((await session.request("Delegate", { Delegation: delegation(device.owned(), 1, [makePhone(), phone]) })).Result, "Accept");
  await device.process.kill();
  const { dealt: held, holding } = inForce(device);
  const kept = tempDirectory();
  cpSync(device.dir, kept, { recursive: true });
  const { LinkRoot, EncryptShare, SignatureShare } = held.respond;
  const flash = concat(...filesOf(kept).map((name) => new Uint8Array(readFileSync(join(kept, name)))));
  const link = privateOf(publicKeyOf(holding.contribution.Link25519).octets, flash);
  const deal = { EncryptShare, SignatureShare };
  const connection = { ...deal, LinkRoot, link, phone: phone.key.public.octets, hub: utf8(device.hub.udf) };
  const code = { KLink: renewed.factory.KLink, Kd: renewed.factory.Kd, KHail: renewed.factory.KHail };
  return { device, kept, held, phone: { phone: connection.phone }, deal, connection, code, account: { account: utf8(device.owner.accountUdf) } };
}

function inForce(device: DeviceUnderTest) {
  const { made, holding, dealt, hub } = device;
  if (holding === undefined || dealt === undefined) throw new Error("not connected");
  return { made, holding, dealt, hub };
}

function released(device: DeviceUnderTest, to: Made) {
  const { holding, dealt, hub } = inForce(device);
  return order(ReleaseDevice, releaseTo(to, dealt.epoch), holding, hub);
}

type House = Awaited<ReturnType<typeof connected>>;

/** A way to forget something. */
interface Way {
  readonly what: string;
  /** What may not be left. */
  readonly gone: (house: House) => Secrets;
  readonly ask: (house: House, heard: Heard) => Promise<unknown>;
  /** Nothing of it has come to pass: all is as it was. */
  readonly isBefore: (device: DeviceUnderTest, house: House, at: number) => Promise<boolean>;
  /** The writes at which power is lost daily. */
  readonly daily: readonly number[];
}

const isLinked = async (device: DeviceUnderTest): Promise<boolean> => (await device.process.status()).mode === "linked";
const slow = { timeoutMs: 30_000 };

const ways: readonly Way[] = [
  {
    what: "a reset by button",
    gone: ({ connection, account }) => ({ ...connection, ...account }),
    ask: ({ device }) => device.process.send("factory-reset"),
    isBefore: isLinked,
    daily: [2],
  },
  {
    what: "a reset by its owner",
    gone: ({ connection }) => connection,
    ask: async ({ device }, { session }) => {
      const { made, holding, dealt, hub } = inForce(device);
      const reset = { DeviceUdf: made.deviceUdf, DealEpoch: dealt.epoch, Nonce: random.bytes(16) };
      return session.request("Reset", order(ResetDevice, reset, holding, hub), slow);
    },
    isBefore: isLinked,
    daily: [1],
  },
  {
    what: "a release",
    gone: ({ connection, code, account }) => ({ ...connection, ...code, ...account }),
    ask: ({ device }, { session }) => session.request("Release", released(device, newCode(device.made)), slow),
    isBefore: isLinked,
    daily: [3, 4],
  },
  {
    what: "another deal",
    gone: ({ deal }) => deal,
    ask: async ({ device }, { session }) => {
      const { holding, dealt, hub } = inForce(device);
      const next = dealTo(holding, hub, dealt.epoch + 1);
      await session.request("Deliver", { Sealed: next.sealed }, slow);
      device.dealt = next;
      await (await device.link()).session.request("Ping", {}, slow);
    },
    isBefore: async (device, { held }) => device.hailed(held.hailKey),
    daily: [3],
  },
  {
    what: "another delegation",
    gone: ({ phone }) => phone,
    ask: ({ device }, { session }) => session.request("Delegate", { Delegation: delegation(device.owned(), 2, [makePhone()]) }, slow),
    isBefore: async (_device, _house, at) => at === 1,
    daily: [2],
  },
];

/** How it has gone with power lost at a write, or never (0): what is left of what was to go, after the next start. */
async function play(house: House, way: Way, at: number): Promise<{ readonly what: string; readonly left: string[] }> {
  const { device, kept, held } = house;
  for (const name of filesOf(device.dir)) rmSync(join(device.dir, name));
  cpSync(kept, device.dir, { recursive: true });
  [device.dealt, device.reach.psk] = [held, held.psk];
  await device.powerOn();
  const heard = await device.link();
  assert.is((await heard.session.request("Ping", {}, slow)).Result, "Accept");
  if (at > 0) await device.process.send(`fault lose-power-at-write ${at}`);
  const { exited } = device.process;
  const asked = way.ask(house, heard).catch(() => undefined);
  // A connection that is lost ends what was asked before the process has ended.
  const isCut = at > 0 && (await Promise.race([exited.then((status) => status === powerLost), asked.then(() => pause(500)).then(() => false)]));
  await asked;
  await heard.session.close();
  // Its power is lost again at its first write, if it has any then.
  if (isCut) await device.powerOn("--power-left", "1").catch(() => undefined);
  if (isCut) await device.powerCycle();
  const what = !isCut && at > 0 ? "no such write" : isCut && (await way.isBefore(device, house, at)) ? "as before" : "done";
  await device.process.kill();
  return { what, left: what === "as before" ? [] : found(device.dir, way.gone(house)) };
}

describe("the flash of the firmware in C", (it) => {
  it(
    "holds nothing of a connection, a deal, a code or a phone that it has forgotten, wherever power was lost",
    async () => {
      const house = await connected();
      const all = { ...house.connection, ...house.code, ...house.account };
      const shown = found(house.kept, all);
      for (const name of Object.keys(all))
        assert.ok(
          shown.some((line) => line.startsWith(`${name} in`)),
          `the search finds ${name}`,
        );
      const told: string[] = [];
      for (const way of ways) {
        const cuts = everyCut ? [0, 1, 2, 3, 4, 5, 6] : [0, ...way.daily];
        for (const at of cuts) {
          const { what, left } = await play(house, way, at);
          assert.equal(left, [], `${way.what}, power lost at write ${at}: ${what}`);
          told.push(`${way.what}, write ${at}: ${what}`);
          if (what === "no such write") break;
        }
      }
      if (everyCut) console.log(told.join("\n"));
      assert.ok(told.some((line) => line.endsWith("as before")) && told.filter((line) => /[1-9]: done$/.test(line)).length >= 4, told.join(", "));
    },
    { timeoutMs: 400_000 },
  );
});
