/** What a device checks of a RespondDevice, written from docs/device-link.md §9.3 alone. */
import { isObject, readTagged, readValue, type Value } from "./json-b.ts";
import { labelledMac, pointOfSum, Refused, sha512, utf8 } from "./primitive.ts";

/** What the device is and knows. */
interface Known {
  readonly deviceUdf: string;
  /** Seeds of base Encryption and base Signature, and the fresh scalars of both. */
  readonly seeds: readonly [Uint8Array, Uint8Array];
  readonly scalars: readonly [Uint8Array, Uint8Array];
  readonly link: Uint8Array;
  readonly kd: Uint8Array;
  readonly epoch: number;
  readonly hubUdf: string;
  readonly hub: Uint8Array;
  readonly owner?: { readonly account: string; readonly administrator: Uint8Array };
  readonly linkRoot?: Uint8Array;
}

/** Of an envelope, §9.1. */
interface Envelopes {
  verified(envelope: Value | undefined, signer: Uint8Array): Buffer;
  fingerprintOf(key: Uint8Array): Uint8Array;
}

type Members = { readonly [name: string]: Value };

function demand(right: boolean, what: string): void {
  if (!right) throw new Refused(what);
}

function data(from: Members, name: string, length = 32): Buffer {
  const value = from[name];
  if (!Buffer.isBuffer(value) || value.length !== length) throw new Refused(name);
  return value;
}

function keyOf(value: Value | undefined, curve: string): Buffer | undefined {
  const parameters = isObject(value) ? value.PublicParameters : undefined;
  const key = isObject(parameters) ? parameters.PublicKeyECDH : undefined;
  return isObject(key) && key.crv === curve && Buffer.isBuffer(key.Public) ? key.Public : undefined;
}

const lists = (value: Value | undefined, key: Uint8Array): boolean =>
  Array.isArray(value) && value.some((one) => keyOf(one, "X25519")?.equals(key) === true);

function membersOf(body: Uint8Array, tag: string): Members {
  const read = readTagged(body);
  demand(read.tag === tag, tag);
  return read.body;
}

/** All data of 32 octets in a value. */
function* scalarsIn(value: Value): Generator<Buffer> {
  if (Buffer.isBuffer(value)) {
    if (value.length === 32) yield value;
  } else if (Array.isArray(value)) for (const item of value) yield* scalarsIn(item);
  else if (isObject(value)) for (const member of Object.values(value)) yield* scalarsIn(member);
}

/** What a device keeps of it. */
interface Judged {
  readonly account: string;
  readonly epoch: number;
  readonly linkRoot: Buffer;
  readonly administrator: Uint8Array;
  readonly digest: Buffer;
}

/** A delivery that holds, in the order of the page. */
export function judge(opened: Uint8Array, known: Known, { verified, fingerprintOf }: Envelopes): Judged {
  const envelope = readValue(opened);
  const body = Array.isArray(envelope) ? envelope[1] : undefined;
  if (!Buffer.isBuffer(body)) throw new Refused("no envelope");
  const respond = membersOf(body, "RespondDevice");
  const inside = keyOf(respond.AdministratorSignature25519, "Ed25519") ?? Buffer.alloc(0);
  if (known.owner) demand(respond.AccountUdf === known.owner.account, "another owner");
  else {
    const fields = [utf8(String(respond.AccountAddress)), utf8(String(respond.AccountUdf)), fingerprintOf(inside)];
    demand(labelledMac(known.kd, "mmm/hub/owner", fields).equals(data(respond, "OwnerAuthenticate", 64)), "OwnerAuthenticate");
  }
  const signer = known.owner?.administrator ?? inside;
  verified(envelope, signer);

  const { DealEpoch: epoch, AccountUdf: account } = respond;
  demand(respond.DeviceUdf === known.deviceUdf && respond.HubUdf === known.hubUdf, "names");
  demand(Number(epoch) > known.epoch, "epoch");
  demand(known.linkRoot === undefined || data(respond, "LinkRoot").equals(known.linkRoot), "LinkRoot");

  const connection = verified(respond.EnvelopedConnectionDevice, signer);
  const device = membersOf(connection, "ConnectionDevice");
  demand(device.Subject === known.deviceUdf && device.Authority === account && lists(device.Link, known.link), "ConnectionDevice");
  const hub = membersOf(verified(respond.EnvelopedConnectionHub, signer), "ConnectionHub");
  const names = hub.Subject === known.hubUdf && hub.Authority === account && hub.DealEpoch === epoch;
  demand(names && Array.isArray(hub.DeviceUdf) && hub.DeviceUdf.includes(known.deviceUdf) && lists(hub.LinkKeys, known.hub), "ConnectionHub");

  for (const [at, use] of (["Encryption", "Signature"] as const).entries()) {
    const whole = keyOf(device[use], "Ed25519") ?? Buffer.alloc(0);
    const [seed, fresh] = [known.seeds[at] ?? Buffer.alloc(0), known.scalars[at] ?? Buffer.alloc(0)];
    const part = pointOfSum(seed, [fresh, data(respond, at === 0 ? "EncryptShare" : "SignatureShare")]);
    demand(part.equals(data(respond, `Partial${use}`)) && !part.equals(whole), use);
    for (const scalar of scalarsIn(respond)) demand(!pointOfSum(seed, [fresh, scalar]).equals(whole), "the activation as a whole");
  }
  return { account: String(account), epoch: Number(epoch), linkRoot: data(respond, "LinkRoot"), administrator: signer, digest: sha512(connection) };
}
