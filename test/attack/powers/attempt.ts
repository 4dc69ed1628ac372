/** What an attacker tries, power by power, with all that it holds and all that it may ask of those who are honest. The best that works is the outcome. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, findSplit, numbersLeft, openAccountEnvelope, requestConfirmation } from "../../../src/account/index.ts";
import { AuditHead } from "../../../src/account/power/audit-head.ts";
import { PowerClient } from "../../../src/account/power/power-client.ts";
import { SharedKey } from "../../../src/account/power/shared-key.ts";
import { signBySplit } from "../../../src/account/split/sign.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import { encodeObjectB, tag } from "../../../src/codec/index.ts";
import type { PrivateKey, PublicKey } from "../../../src/crypto/index.ts";
import { newNonce, sha512 } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { encodeEnvelopeB, openEnvelope, parseEnvelope } from "../../../src/dare/index.ts";
import { sealToComposite } from "../../../src/link/index.ts";
import type { Enveloped } from "../../../src/schema/index.ts";
import {
  CatalogedDevice,
  ConnectionDevice,
  catalogAdministrators,
  Delegation,
  DeviceOrder,
  DeviceReport,
  deviceCatalog,
  envelopeObject,
  orderPrologue,
  peekObject,
  privateKeyOf,
  publicKeyOf,
  requireWithin,
  SplitConnection,
  verifyConnectionDevice,
  verifyObject,
  verifyReport,
} from "../../../src/schema/index.ts";
import { tempDirectory } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import type { Found } from "../hub/burgle.ts";
import type { Loot, Purse } from "./purse.ts";
import { enriched, joined, keyFor, says } from "./purse.ts";
import type { Scene } from "./scene.ts";
import { sentinel } from "./scene.ts";
import type { Attacker, Outcome, Party, Power } from "./table.ts";

const { random } = ports;

/** One or two attackers at work. */
export interface Gang {
  readonly scene: Scene;
  readonly has: (one: Attacker) => boolean;
  readonly purse: Purse;
  readonly loot: Loot;
  /** What its keys open of the service's disk. */
  readonly found: readonly Found[];
}

export function gangOf(scene: Scene, party: Party, loot: Loot): Gang {
  const has = (one: Attacker): boolean => party.some((other) => other === one);
  return { scene, has, loot, ...enriched(joined(party.map((one) => scene.purses[one])), loot) };
}

export type Attempt = (gang: Gang) => Promise<Outcome>;

/** True when it was done, false when it was refused by one of the catalogue's errors; anything else is a fault. */
async function works(task: () => unknown): Promise<boolean> {
  try {
    return (await task()) !== false;
  } catch (error) {
    if (isMeshError(error)) return false;
    throw error;
  }
}

/** The machines of the account that a gang has, with their link keys and the service to ask. */
const machinesOf = ({ scene, has }: Gang): AccountContext[] =>
  Object.entries(scene.machines).flatMap(([name, machine]) => (has(name as Attacker) ? [machine] : []));

const isSaid = (octets: Uint8Array): boolean => Buffer.from(octets).includes(sentinel);

/** Opens an envelope that is sealed to a key of the account, or of its group: with what is held, or by asking as the phone may. */
async function openSealed(gang: Gang, envelope: DareEnvelope, recipient: PublicKey): Promise<Outcome> {
  const { purse } = gang;
  const key = keyFor(purse, recipient);
  if (key && (await works(() => isSaid(openEnvelope(envelope, { keys: [key] }))))) return "yes";
  // Whatever the header says, every key that fits the curve.
  for (const one of purse.keys.values()) {
    if (one.curve === "X448" && (await works(() => isSaid(openEnvelope(renamed(envelope, one.public), { keys: [one] }))))) return "yes";
  }
  for (const machine of machinesOf(gang)) if (await works(async () => isSaid(await openAccountEnvelope(machine, envelope)))) return "served";
  return "no";
}

function renamed(envelope: DareEnvelope, { udf }: PublicKey): DareEnvelope {
  const { recipients = [] } = envelope.header;
  return { ...envelope, header: { ...envelope.header, recipients: recipients.map((recipient) => ({ ...recipient, kid: udf })) } };
}

const accountKey = ({ scene }: Gang): PublicKey => publicKeyOf(scene.alice.profile.AccountEncryption);

const openFile: Attempt = (gang) => openSealed(gang, gang.scene.sealedTo(accountKey(gang)), accountKey(gang));

/**
 * What somebody seals to the group that alice is a member of, now. With her share in the purse each machine of the gang asks the group's service, also
 * one that was never given that share.
 */
const readGroup: Attempt = async (gang) => {
  const { key, address, share } = gang.scene.group;
  const envelope = gang.scene.sealedTo(key);
  const opened = await openSealed(gang, envelope, key);
  if (opened !== "no" || !keyFor(gang.purse, privateKeyOf(share.Share).public)) return opened;
  for (const { client } of machinesOf(gang)) {
    const shared = new SharedKey(share);
    const audit = new AuditHead(tempDirectory());
    const powers = new PowerClient({ client, address, audit, verifyAudit: () => undefined, random });
    const asked = async (): Promise<boolean> => {
      await powers.agree(shared, [envelope.header]);
      return isSaid(openEnvelope(envelope, { keys: [shared] }));
    };
    if (await works(asked)) return "served";
  }
  return "no";
};

const readMail: Attempt = async (gang) => {
  if (says(gang.found, sentinel)) return "yes";
  const mailbox = accountKey(gang);
  const mail = gang.loot
    .filter(({ label }) => label === "MMM_Inbound")
    .flatMap(({ frames }) => frames.flatMap(({ body, isMeta }) => (body.length > 0 && !isMeta ? [parseEnvelope(body)] : [])))
    .filter(({ header }) => header.recipients?.some(({ kid }) => kid === mailbox.udf));
  const newest = mail.at(-1);
  if (!newest) throw new Error("no mail is there to be read");
  return openSealed(gang, newest, mailbox);
};

const connectionOf = ({ alice, lock }: Scene): ConnectionDevice => {
  const entry = alice.get(deviceCatalog, lock.udf);
  if (!entry) throw new Error("the lock has no entry");
  return peekObject(ConnectionDevice, entry.EnvelopedConnectionDevice);
};

/** Reports of the lock that its owner believes, of a battery that it does not have. */
const signReport: Attempt = async ({ scene, purse, has }) => {
  const connection = connectionOf(scene);
  const value: DeviceReport = {
    AccountUdf: scene.alice.accountUdf,
    DeviceUdf: scene.lock.udf,
    DealEpoch: scene.alice.get(deviceCatalog, scene.lock.udf)?.DealEpoch ?? 0,
    Sequence: 1_000_000,
    Values: [{ Name: "Battery", Value: 1 }],
  };
  const isBelieved = (key: PrivateKey) => (): void =>
    void verifyReport(envelopeObject({ struct: DeviceReport, value, signers: [key], random, compact: true }), connection);
  const key = keyFor(purse, publicKeyOf(connection.Signature));
  const tried = [...(key ? [key] : []), ...[...purse.shares.values()].filter(({ curve }) => curve === "Ed25519")];
  for (const one of tried) if (await works(isBelieved(one))) return "yes";
  if (!has("device")) return "no";
  // The honest hub completes what its device says of itself.
  scene.lock.appliance.change("Battery", 3);
  const { Values } = await scene.lock.ask();
  return Values.some(({ Name, Value }) => Name === "Battery" && Value === 3) ? "served" : "no";
};

/** The lock in its door; the attackers have copies, not its bolt. */
const openLock: Attempt = async (gang) => {
  const { scene, purse, has } = gang;
  const { laptop, phone } = scene.machines;
  if (has("laptop") && laptop && (await scene.opensFor(laptop))) return "yes";
  // Its owner lets it, until she deletes it.
  if (has("phone") && phone && (await scene.opensFor(phone))) return "served";
  if (await forgedOrderOpens(gang)) return "yes";
  if (keyFor(purse, publicKeyOf(scene.alice.profile.AdministratorSignature25519))) return "yes";
  if (has("hub")) {
    const order = { deviceUdf: scene.lock.udf, messageId: newNonce(random), command: "Unlock", arguments: [], timeoutMs: 8000 };
    if (await works(async () => (await scene.links.command(order)).Result === "Accept")) return "yes";
  }
  // Who keeps the removal back: the hub itself, or the service of an honest one.
  if (has("laptop") && (has("hub") || has("service"))) return scene.unmet ? "until met" : "no";
  return "no";
};

/** An order under a key of the purse: one that the delegation in force names, if it is there, else some. */
async function forgedOrderOpens({ scene, purse }: Gang): Promise<boolean> {
  const { alice, lock, links } = scene;
  const known = alice.get(deviceCatalog, lock.udf);
  if (!known?.EnvelopedDelegation || known.HubUdf === undefined) throw new Error("the lock has no delegation");
  const granted = new Set(peekObject(Delegation, known.EnvelopedDelegation).Grants.map(({ Command25519 }) => Command25519.Udf));
  const own = [...purse.keys.values()].filter(({ curve }) => curve === "Ed25519");
  const right = own.filter(({ public: { udf } }) => granted.has(udf));
  for (const key of [...right, ...own.slice(0, 2)]) {
    const { nonce, dealEpoch } = await links.nonce(lock.udf, 30);
    const value: DeviceOrder = {
      AccountUdf: alice.accountUdf,
      DeviceUdf: lock.udf,
      DealEpoch: dealEpoch,
      Nonce: nonce,
      MessageId: newNonce(random),
      Command: "Unlock",
      Arguments: [],
    };
    const plaintext = encodeEnvelopeB(envelopeObject({ struct: DeviceOrder, value, signers: [key], random, compact: true }));
    const prologue = orderPrologue({ deviceUdf: lock.udf, hubUdf: known.HubUdf, dealEpoch });
    const sealed = sealToComposite({ recipient: publicKeyOf(connectionOf(scene).Encryption), prologue, plaintext, random });
    const { result } = await links.judge(lock.udf, { messageId: value.MessageId, sealed, timeoutMs: 8000 });
    if (result === "Accept") return true;
  }
  return false;
}

/** A connection that readers believe, or an entry that the service takes from one of the machines; or what a split allows. */
const connectDevice: Attempt = async (gang) => {
  const { scene, purse } = gang;
  const administrators = catalogAdministrators(scene.alice.profile);
  const value = { ...connectionOf(scene), Subject: newNonce(random) };
  const forged = (key: PrivateKey) => envelopeObject({ struct: ConnectionDevice, value, signers: [key], random, compact: key.curve === "Ed25519" });
  const right = administrators.flatMap((administrator) => keyFor(purse, administrator) ?? []);
  const signers = [...purse.keys.values()].filter(({ curve }) => curve.startsWith("Ed"));
  for (const key of [...right, ...signers.slice(0, 8)]) if (await works(() => verifyConnectionDevice(forged(key), administrators))) return "yes";
  const entry = scene.alice.get(deviceCatalog, scene.lock.udf);
  for (const machine of machinesOf(gang)) {
    const change = () => tag(CatalogedDevice, { ...entry!, DeviceUdf: value.Subject });
    if (await works(() => machine.transact({ catalogs: [{ store: "MMM_Device", key: value.Subject, change }] }))) return "yes";
  }
  return await bySplit(gang);
};

/**
 * What a split makes of a device: a SplitConnection under its key, which readers hold to its limits. With both halves it is made alone; the phone has
 * the service's half used. A class beyond the limits is not believed even under the key.
 */
async function bySplit({ scene, purse, has }: Gang): Promise<Outcome> {
  const { alice, split } = scene;
  const digest = random.bytes(64);
  const connection = (Class: string, Serial: number): SplitConnection => ({
    AccountUdf: alice.accountUdf,
    SplitId: split.Id,
    Serial,
    HubUdf: split.HubUdf,
    DeviceUdf: newNonce(random),
    Class,
    DealEpoch: 1,
    Time: dateTime(ports.clock.now()),
    ConnectionDigest: digest,
    RespondDigest: digest,
    HubDigest: digest,
    DealDigest: digest,
  });
  const isBelieved = (signed: Enveloped<SplitConnection>): void =>
    requireWithin(split, verifyObject(SplitConnection, signed, [publicKeyOf(split.Key)]).value);
  const key = keyFor(purse, publicKeyOf(split.Key));
  if (key) {
    const by = (value: SplitConnection) => () =>
      isBelieved(envelopeObject({ struct: SplitConnection, value, signers: [key], random, compact: true }));
    if ((await works(by(connection("lock", 1)))) || (await works(by(connection("light", split.Count + 1))))) return "yes";
    return (await works(by(connection("light", 1)))) ? "within limits" : "no";
  }
  const { phone } = scene.machines;
  if (!has("phone") || !phone) return "no";
  const standing = findSplit(phone, split.Id);
  const entry = alice.get(deviceCatalog, scene.lamp.udf);
  const serviced = (value: SplitConnection) => async (): Promise<void> => {
    const octets = encodeObjectB(SplitConnection, value);
    const signed = (made: Enveloped<SplitConnection>) => {
      isBelieved(made);
      if (!entry) throw new Error("the lamp has no entry");
      return entry;
    };
    await signBySplit(phone, { standing, serial: value.Serial, deal: { connection: value, digest: sha512(octets), signed } }, []);
  };
  const serial = split.Count + 1 - numbersLeft(phone, standing);
  // Once: the rate of the split is for a few signatures a minute.
  if (serial === 1 && (await works(serviced(connection("lock", serial))))) return "yes";
  const next = split.Count + 1 - numbersLeft(phone, standing);
  return (await works(serviced(connection("light", next)))) ? "served" : "no";
}

/** After the members of the gang were deleted: what is written, asked and ordered then. */
const actRemoved: Attempt = async (gang) => {
  const { scene, has } = gang;
  const members = machinesOf(gang);
  if (members.length === 0 && !has("device")) return "-";
  if ((await openFile(gang)) !== "no" || (await readGroup(gang)) !== "no" || says(gang.found, `${sentinel} after`)) return "yes";
  for (const machine of members) {
    if (await works(() => machine.sync())) return "yes";
    if (await works(() => addPlace(machine, { name: `room of ${machine.deviceUdf}` }))) return "yes";
    if (await works(() => requestConfirmation(machine, { address: scene.bob.address, text: "in her name" }))) return "yes";
  }
  if (has("device") && (await works(() => scene.lock.ask()))) return "yes";
  const order = { deviceUdf: scene.lamp.udf, messageId: newNonce(random), command: "Set", arguments: [{ Name: "On", Value: true }], timeoutMs: 8000 };
  if (has("hub") && (await works(async () => (await scene.links.command(order)).Result === "Accept"))) return "until met";
  return "no";
};

export const attempts: Readonly<Record<Power, Attempt>> = {
  "open a file": openFile,
  "sign a report": signReport,
  "open the lock": openLock,
  "connect a device": connectDevice,
  "read a group": readGroup,
  "read mail": readMail,
  "act after removal": actRemoved,
};
