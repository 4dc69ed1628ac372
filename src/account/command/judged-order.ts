/**
 * An order that the device judges itself (extensions §15): its nonce is fetched, the order is signed with this device's command key and sealed to the
 * device, and only the device's own signed report that names both is success, or failure. Whatever a hub says is neither: until the nonce is over
 * the device may still carry the order out, and afterwards it may have done so unheard.
 */
import { equalBytes } from "../../base/bytes.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, catalogue, isMeshError, MeshError } from "../../base/errors.ts";
import { encodeJsonB } from "../../codec/index.ts";
import { newNonce } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope as envelopeField } from "../../dare/index.ts";
import { sealToComposite } from "../../link/index.ts";
import type { CatalogedDevice, DeviceReport } from "../../schema/index.ts";
import {
  Delegation,
  DeviceOrder,
  deviceCatalog,
  envelopeObject,
  maxDeviceOrder,
  orderNonceLength,
  orderNonceSeconds,
  orderPrologue,
  peekObject,
  publicKeyOf,
  verifyReport,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { CommandOrder, CommandOutcome } from "./command.ts";
import { lacksCommandKey, offerCommandKey } from "./command-key.ts";
import type { BroughtWord, GivenNonce, OrderWay } from "./order-way.ts";

/**
 * Gives an order to a device that judges it. What goes wrong stands in the outcome: `Reject` when the device itself refused, or when nothing left
 * that it could carry out; `Unknown` when only the device could say.
 */
export async function giveJudgedOrder(context: AccountContext, way: OrderWay, order: CommandOrder): Promise<CommandOutcome> {
  let sent: { readonly messageId: string; readonly given: GivenNonce; readonly over: number };
  let octets: Uint8Array;
  try {
    const entry = judgeOf(context, order);
    await requireGrant(context, entry, order);
    const given = checkedNonce(await way.nonce(order));
    sent = { messageId: newNonce(context.ports.random), given, over: context.ports.clock.monotonic() + given.seconds * 1000 };
    octets = sealOrder(context, entry, { order, ...sent });
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return { order, result: "Reject", error };
  }
  const word = await bring(way, order, { messageId: sent.messageId, sealed: octets, seconds: sent.given.seconds });
  const report =
    word.reported &&
    verified(context, order, word.reported, ({ MessageId, Nonce }) => MessageId === sent.messageId && isSame(Nonce, sent.given.nonce));
  if (report?.Result === "Accept") return { order, result: "Accept", report };
  if (report?.Result) return { order, result: "Reject", report, error: refusedBy(context, order, report) };
  const left = Math.ceil((sent.over - context.ports.clock.monotonic()) / 1000);
  return { order, result: "Unknown", error: unknown(context, order, word.error, left) };
}

/** How a device is now, by its own word over a fresh nonce. Errors: ERR_VERIFICATION for a word that is not its own, those of the way. */
export async function askReport(context: AccountContext, way: OrderWay, order: CommandOrder): Promise<DeviceReport> {
  const nonce = context.ports.random.bytes(orderNonceLength);
  const enveloped = await way.report(order, nonce);
  const report = verified(context, order, enveloped, ({ MessageId, Nonce }) => MessageId === undefined && isSame(Nonce, nonce));
  if (report) return report;
  throw new MeshError("ERR_VERIFICATION", `what the hub brought is not the word of ${nameOf(context, order)} on this question`);
}

function isSame(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && equalBytes(one, other);
}

/** What the way brings is no reason to throw: the order is out. */
async function bring(way: OrderWay, order: CommandOrder, sealed: Parameters<OrderWay["bring"]>[1]): Promise<BroughtWord> {
  try {
    return await way.bring(order, sealed);
  } catch (error) {
    return { error: asMeshError(error) };
  }
}

function judgeOf(context: AccountContext, { deviceUdf }: CommandOrder): CatalogedDevice {
  const entry = context.get(deviceCatalog, deviceUdf);
  if (!entry) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf}`, { hint: "see 'meshman device list'" });
  return entry;
}

/** The device would refuse: it is said here what the owner can do about it. Errors: ERR_NOT_AUTHORIZED. */
async function requireGrant(context: AccountContext, entry: CatalogedDevice, order: CommandOrder): Promise<void> {
  const name = entry.LocalName ?? entry.DeviceUdf;
  const refused = (why: string, hint: string): MeshError =>
    new MeshError("ERR_NOT_AUTHORIZED", `${name} takes no order of this device: ${why}`, { hint });
  if (!context.roles.includes("command")) {
    throw refused("it has not the role command", "give it the role on an administration device: 'meshman device auth NAME --role web,command'");
  }
  const soon = "an administration device puts it in at its next 'meshman account sync', or as soon as its 'meshman agent' runs";
  if (lacksCommandKey(context)) {
    await offerCommandKey(context);
    if (lacksCommandKey(context)) throw refused("its command key is not in its connection yet", soon);
  }
  const grants = entry.EnvelopedDelegation ? peekObject(Delegation, entry.EnvelopedDelegation).Grants : [];
  const grant = grants.find(({ Command25519 }) => Command25519.Udf === context.keys.command25519.public.udf);
  if (!grant) throw refused("it does not stand in the delegation", soon);
  if (grant.Commands?.includes(order.command) === false) throw refused(`it may not give ${order.command}`, "ask an owner of this house to do it");
}

function checkedNonce(given: GivenNonce): GivenNonce {
  const { nonce, seconds } = given;
  if (nonce.length !== orderNonceLength)
    throw new MeshError("ERR_SCHEMA", `the device's nonce has ${nonce.length} octets, expected ${orderNonceLength}`);
  return { ...given, seconds: Math.min(Math.max(seconds, 1), orderNonceSeconds.afar) };
}

function sealOrder(
  context: AccountContext,
  entry: CatalogedDevice,
  { order, messageId, given }: { readonly order: CommandOrder; readonly messageId: string; readonly given: GivenNonce },
): Uint8Array {
  const { ports, keys, accountUdf } = context;
  const connection = context.directory.find(entry.DeviceUdf)?.connection;
  if (!connection || entry.HubUdf === undefined) {
    throw new MeshError("ERR_DEVICE_OFFLINE", `${entry.LocalName ?? entry.DeviceUdf} has no hub`, {
      hint: "connect a hub: its devices are dealt to it",
    });
  }
  const value: DeviceOrder = {
    AccountUdf: accountUdf,
    DeviceUdf: entry.DeviceUdf,
    DealEpoch: given.dealEpoch,
    Nonce: given.nonce,
    MessageId: messageId,
    Command: order.command,
    Arguments: order.arguments,
  };
  const signed = envelopeObject({ struct: DeviceOrder, value, signers: [keys.command25519], random: ports.random, compact: true });
  const plaintext = encodeJsonB(envelopeField.encode(signed));
  if (plaintext.length > maxDeviceOrder)
    throw new MeshError("ERR_TOO_LARGE", `an order of ${plaintext.length} octets, a device takes ${maxDeviceOrder}`);
  const prologue = orderPrologue({ deviceUdf: entry.DeviceUdf, hubUdf: entry.HubUdf, dealEpoch: given.dealEpoch });
  return sealToComposite({ recipient: publicKeyOf(connection.Encryption), prologue, plaintext, random: ports.random });
}

/** The report when it is the device's own and on this question; anything else says nothing. */
function verified(
  context: AccountContext,
  order: CommandOrder,
  enveloped: DareEnvelope,
  isAnswer: (report: DeviceReport) => boolean,
): DeviceReport | undefined {
  const connection = context.directory.find(order.deviceUdf)?.connection;
  try {
    const report = connection && verifyReport(enveloped, connection);
    if (report && isAnswer(report)) return report;
    context.ports.log.warn("order.report.of_another", { device: order.deviceUdf });
  } catch (error) {
    context.ports.log.warn("order.report.refused", { device: order.deviceUdf, reason: asMeshError(error).message });
  }
  return undefined;
}

function nameOf(context: AccountContext, { deviceUdf }: CommandOrder): string {
  return context.get(deviceCatalog, deviceUdf)?.LocalName ?? deviceUdf;
}

function refusedBy(context: AccountContext, order: CommandOrder, { Result: result, ErrorCode: code }: DeviceReport): MeshError {
  const known: ErrorCode = code !== undefined && Object.hasOwn(catalogue, code) ? (code as ErrorCode) : "ERR_REJECTED";
  return new MeshError(known, `${nameOf(context, order)} itself answered ${result}${code === undefined ? "" : ` (${code.slice(0, 64)})`}`);
}

/** Nobody but the device knows; until when it may still do it is known. */
function unknown(context: AccountContext, order: CommandOrder, said: MeshError | undefined, left: number): MeshError {
  const name = nameOf(context, order);
  const when = left > 0 ? `it may still do it for ${left} s` : "it will not do it any more, and may have done it";
  const hub = said ? ` (the hub says: ${said.message})` : "";
  return new MeshError("ERR_PENDING", `unknown: ${name} has not said what came of it; ${when}${hub}`, {
    hint: `ask the device itself how it is: 'meshman device say "is the ${name} ..." --now'`,
    detail: { device: order.deviceUdf },
  });
}
