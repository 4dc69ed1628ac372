/** A virtual lock with its owner, the owner's phone, and a hub that works as hubs do: the hub's own class for shared powers over a link in memory. */
import { makeLock } from "../../firmware-stubs/virtual/appliance/secured.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { generatePrivateKey, newNonce, type PrivateKey } from "../../src/crypto/index.ts";
import { encodeEnvelopeB, parseEnvelope } from "../../src/dare/index.ts";
import { DevicePower } from "../../src/hub/device/device-power.ts";
import type { KnownDevice } from "../../src/hub/device/known-devices.ts";
import type { SignedReport } from "../../src/hub/device/shared-keys.ts";
import type { LinkMessage, LinkSession } from "../../src/link/index.ts";
import { sealToComposite } from "../../src/link/index.ts";
import {
  ConnectionDevice,
  Delegation,
  type DeviceOrder,
  DeviceOrder as DeviceOrderStruct,
  DeviceReport,
  keyDataOf,
  orderPrologue,
  peekObject,
  privateKeyDataOf,
  publicKeyOf,
  verifyObject,
} from "../../src/schema/index.ts";
import { connect, descriptionOf, newImage, powerOn, type Running } from "./device.ts";
import { linkLinked, makeDevice, makeHub, makeOwner, random, sign } from "./owner.ts";

export const lockDescription = descriptionOf("lock");

/** A phone of the owner. */
export interface Phone {
  readonly udf: string;
  readonly key: PrivateKey;
}

export const makePhone = (): Phone => ({ udf: generatePrivateKey("Ed448", random).public.udf, key: generatePrivateKey("Ed25519", random) });

/** The hub's shares, which a test may spoil. */
export interface Shares {
  readonly encryption: PrivateKey;
  readonly signature: PrivateKey;
}

/** A hub at work in a session: what it was sent, and what was signed. */
export function work(session: LinkSession, house: Owned, shares: Shares = house.dealt.hubShares) {
  const signed: SignedReport[] = [];
  const seen: LinkMessage[] = [];
  const activation = {
    DealEpoch: house.dealt.epoch,
    EncryptShare: privateKeyDataOf(shares.encryption),
    SignatureShare: privateKeyDataOf(shares.signature),
  };
  const known = { udf: house.made.deviceUdf, connection: house.connection, activation, entry: {} } as unknown as KnownDevice;
  const power = new DevicePower({
    account: { accountUdf: house.owner.accountUdf, ports: { clock: systemClock, random } } as ConstructorParameters<typeof DevicePower>[0]["account"],
    device: known,
    log: silentLog,
    exchange: (verb, fields, timeoutMs) => session.request(verb, fields, { timeoutMs }),
    onSigned: async (report) => void signed.push(report),
  });
  session.onMessage(async (message) => {
    seen.push(message);
    return (await power.answer(message)) ?? { tag: "Result", value: { Result: "Accept" } };
  });
  return { session, power, signed, seen };
}

/** A connected lock, before its hub does anything. */
async function connectedLock() {
  const [made, owner, hub] = [makeDevice("lock"), makeOwner("alice@example.com"), makeHub()];
  const dir = newImage(made);
  const device = powerOn(dir, undefined, makeLock(lockDescription));
  const { holding, dealt, linked } = await connect(device, made, owner, hub);
  const connection = peekObject(ConnectionDevice, parseEnvelope(encodeEnvelopeB(dealt.connectionDevice)));
  return { dir, made, owner, hub, device, holding, dealt, connection, linked };
}

type Connected = Awaited<ReturnType<typeof connectedLock>>;
/** What owner and hub know of a connected device, whatever it runs on. */
export type Owned = Pick<Connected, "made" | "owner" | "hub" | "dealt" | "connection">;
/** A lock and its hub at work. */
export type House = Connected & ReturnType<typeof work>;

/** A connected lock, and its hub at work. */
export async function lockHouse(): Promise<House> {
  const house = await connectedLock();
  return { ...house, ...work(house.linked, house) };
}

/** The same lock after a loss of power, linked again. */
export async function restart(house: House): Promise<House> {
  await house.device.off();
  const device = powerOn(house.dir, undefined, makeLock(lockDescription));
  return relink({ ...house, device });
}

/** Another session of the hub with the lock; `hub` may be one that was killed and has forgotten everything. */
export async function relink(house: House, shares?: Shares): Promise<House> {
  const linked = await linkLinked(house.device.stream(), house.holding, house.hub, house.dealt);
  return { ...house, ...work(linked, house, shares) };
}

/** Octets of a delegation. */
export function delegation(house: Owned, Generation: number, phones: readonly Phone[], Commands?: readonly string[]): Uint8Array {
  const Grants = phones.map(({ udf, key }) => ({ Udf: udf, Command25519: keyDataOf(key.public), ...(Commands ? { Commands } : {}) }));
  const [link] = house.connection.Link.map(publicKeyOf);
  const LinkKey = link?.octets ?? new Uint8Array();
  const value: Delegation = { AccountUdf: house.owner.accountUdf, DeviceUdf: house.made.deviceUdf, LinkKey, Generation, Grants };
  return encodeEnvelopeB(sign(Delegation, value, house.owner.administrator));
}

/** Has the lock take a delegation. */
export async function delegate(house: Pick<House, "session">, octets: Uint8Array) {
  return house.session.request("Delegate", { Delegation: octets });
}

/** An order, signed by a phone and sealed to the lock. */
export function orderOf(house: Owned, phone: Phone, change: Partial<DeviceOrder> & Pick<DeviceOrder, "Nonce">) {
  const { accountUdf } = house.owner;
  const order: DeviceOrder = {
    AccountUdf: accountUdf,
    DeviceUdf: house.made.deviceUdf,
    DealEpoch: house.dealt.epoch,
    MessageId: newNonce(random),
    Command: "Unlock",
    Arguments: [],
    ...change,
  };
  const prologue = orderPrologue({ deviceUdf: house.made.deviceUdf, hubUdf: house.hub.udf, dealEpoch: house.dealt.epoch });
  const plaintext = encodeEnvelopeB(sign(DeviceOrderStruct, order, phone.key));
  const sealed = sealToComposite({ recipient: publicKeyOf(house.connection.Encryption), prologue, plaintext, random });
  return { order, messageId: order.MessageId, sealed, timeoutMs: 8000 };
}

/** What the lock and its hub have signed, verified as any device of the owner does. */
export function verified(house: Pick<Owned, "connection">, enveloped: SignedReport["enveloped"] | undefined): DeviceReport {
  if (!enveloped) throw new Error("nothing is signed");
  return verifyObject(DeviceReport, enveloped, [publicKeyOf(house.connection.Signature)]).value;
}

/** How often the lock has carried out an order. */
export function carriedOut(device: Running): number {
  return device.events.filter(([event]) => event === "order").length;
}
