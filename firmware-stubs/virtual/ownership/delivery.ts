/**
 * What a device checks before it lets itself be connected: every claim of a delivered RespondDevice, and of the connections inside.
 * extensions §3 step 4, §4 (later deals, pinned owner). Nothing here writes.
 */
import { equalBytes } from "../../../src/base/bytes.ts";
import { isMeshError, MeshError, verificationError } from "../../../src/base/errors.ts";
import { decodeOneOf } from "../../../src/codec/index.ts";
import type { PrivateKey, PublicKey } from "../../../src/crypto/index.ts";
import { addPrivate, fullFingerprint, privateKeyFromScalar, sha512 } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { encodeEnvelopeB, parseEnvelope, verifyEnvelope } from "../../../src/dare/index.ts";
import { openOneWay } from "../../../src/link/index.ts";
import type { ConnectionDevice, ConnectionHub } from "../../../src/schema/index.ts";
import {
  keyDataOf,
  ownerAuthenticate,
  publicKeyOf,
  RespondDevice,
  RespondSplit,
  sealedPrologue,
  verifyConnectionDevice,
  verifyConnectionHub,
} from "../../../src/schema/index.ts";
import type { Lock, SlotConnection } from "../image/image-object.ts";
import type { FreshKeys } from "../image/own-key.ts";
import { holdsActivation } from "./activation-search.ts";
import type { OpenedRespond } from "./split-delivery.ts";
import { openSplitDelivery } from "./split-delivery.ts";

/** Most octets of what an owner seals to a small device. */
const sealedLimit = 4096;

/** Epochs tried from the stored one on, when the hub did not name the right one in its handshake. */
const epochWindow = 8;

/** Who the device is, who it talks to, and what it knows of its owner. */
export interface DeliveryContext {
  readonly deviceUdf: string;
  /** As its maker made it. */
  readonly deviceClass: string;
  /** Hub and epoch that the session named. */
  readonly selected: { readonly HubUdf: string; readonly DealEpoch: number };
  /** The hub's link key, proven by the session. */
  readonly peer: PublicKey;
  readonly lock: Lock;
  readonly storedEpoch: number;
  readonly kd: Uint8Array;
  readonly fresh: FreshKeys;
  /** base + f of each use. */
  readonly own: { readonly encryption: PrivateKey; readonly signature: PrivateKey };
  /** Link root in force: a later deal changes it with the administrators' key alone. Absent where a split has given it. */
  readonly linkRoot?: Uint8Array;
}

/** Opens a one-way seal whose epoch is one of several. Error: ERR_VERIFICATION. */
export function openSealed(options: {
  readonly kind: string;
  readonly sealed: Uint8Array;
  readonly recipient: PrivateKey;
  readonly deviceUdf: string;
  readonly hubUdf: string;
  readonly epochs: readonly number[];
}): Uint8Array {
  const { kind, sealed, recipient, deviceUdf, hubUdf, epochs } = options;
  if (sealed.length > sealedLimit + 48 && kind !== "ReleaseDevice") throw new MeshError("ERR_TOO_LARGE", `${kind} of ${sealed.length} octets`);
  for (const dealEpoch of new Set(epochs)) {
    if (dealEpoch < 0 || dealEpoch > 0xffffffff) continue;
    try {
      return openOneWay({ recipient, prologue: sealedPrologue(kind, { deviceUdf, hubUdf, dealEpoch }), sealed });
    } catch (error) {
      if (!isMeshError(error)) throw error;
    }
  }
  throw verificationError(kind);
}

/**
 * The connection of a delivery, fully checked. Errors: ERR_VERIFICATION (seal, signature, OwnerAuthenticate, points, connections),
 * ERR_OWNED (another owner), ERR_REPLAY (epoch not above the stored one), ERR_SCHEMA, ERR_KEY.
 */
export function openDelivery(sealed: Uint8Array, context: DeliveryContext): SlotConnection {
  const { deviceUdf, selected, fresh, storedEpoch } = context;
  const epochs = [selected.DealEpoch, ...Array.from({ length: epochWindow }, (_, i) => storedEpoch + i)];
  const octets = openSealed({ kind: "RespondDevice", sealed, recipient: fresh.link, deviceUdf, hubUdf: selected.HubUdf, epochs });
  const { respond, signer, device, hub, isSplit } = openRespond(parseEnvelope(octets), context);

  if (respond.DeviceUdf !== deviceUdf || respond.HubUdf !== selected.HubUdf) throw verificationError("RespondDevice");
  if (respond.DealEpoch <= storedEpoch || respond.DealEpoch > 0xffffffff) {
    throw new MeshError("ERR_REPLAY", `epoch ${respond.DealEpoch} is not above ${storedEpoch}`);
  }
  if (respond.LinkRoot.length !== 32) throw new MeshError("ERR_SCHEMA", `link root of ${respond.LinkRoot.length} octets`);
  if (context.linkRoot && !respond.NewAdministrator && !equalBytes(context.linkRoot, respond.LinkRoot)) throw verificationError("LinkRoot");

  checkConnectionDevice(device, respond, fresh);
  const hubLink = checkConnectionHub(hub, respond, context.peer);
  checkPoints(respond, device, context);
  if (holdsActivation(octets, { own: context.own, composite: composites(device) })) {
    throw new MeshError("ERR_VERIFICATION", "the delivery holds the whole activation");
  }
  return {
    AccountUdf: respond.AccountUdf,
    HubUdf: respond.HubUdf,
    HubLink: hubLink,
    DealEpoch: respond.DealEpoch,
    EncryptShare: respond.EncryptShare,
    SignatureShare: respond.SignatureShare,
    LinkRoot: respond.LinkRoot,
    Administrator: respond.NewAdministrator ?? keyDataOf(signer),
    ConnectionDevice: encodeEnvelopeB(respond.EnvelopedConnectionDevice),
    DeliveryDigest: sha512(sealed),
    ...(isSplit ? { BySplit: true } : {}),
    ...(respond.ClaimMessageId === undefined ? {} : { ClaimMessageId: respond.ClaimMessageId }),
  };
}

/** Who signed it, and the connections inside: an administrator all of it, or the halves of a split what vouches for the rest. */
function openRespond(envelope: DareEnvelope, context: DeliveryContext): OpenedRespond {
  const { tag, value } = decodeOneOf<RespondDevice | RespondSplit>([RespondDevice, RespondSplit], envelope.body);
  if (tag === RespondSplit.tag) return openSplitDelivery(value as RespondSplit, context, (respond) => checkOwner(respond, context));
  const respond = value as RespondDevice;
  const signer = checkOwner(respond, context);
  verifyEnvelope(envelope, [signer]);
  const authorities = respond.NewAdministrator ? [signer, publicKeyOf(respond.NewAdministrator)] : [signer];
  const device = verifyConnectionDevice(respond.EnvelopedConnectionDevice, authorities).value;
  const hub = verifyConnectionHub(respond.EnvelopedConnectionHub, authorities).value;
  return { respond, signer, device, hub, isSplit: false };
}

/** The key that has to have signed: the pinned one, or the one inside when the owner proves to know the code. */
function checkOwner(respond: RespondDevice, { lock, kd }: DeliveryContext): PublicKey {
  if (lock.AccountUdf !== undefined && lock.Administrator !== undefined) {
    if (lock.AccountUdf !== respond.AccountUdf) throw new MeshError("ERR_OWNED", "the device is locked to another owner");
    return publicKeyOf(lock.Administrator);
  }
  const inside = publicKeyOf(respond.AdministratorSignature25519);
  const expected = ownerAuthenticate(kd, {
    address: respond.AccountAddress,
    accountUdf: respond.AccountUdf,
    administratorFingerprint: fullFingerprint(inside),
  });
  if (!equalBytes(expected, respond.OwnerAuthenticate)) throw verificationError("OwnerAuthenticate");
  return inside;
}

function checkConnectionDevice(device: ConnectionDevice, respond: RespondDevice, fresh: FreshKeys): void {
  const ours = device.Link.some(({ Udf }) => Udf === fresh.link.public.udf);
  if (device.Subject !== respond.DeviceUdf || device.Authority !== respond.AccountUdf || !ours) throw verificationError("ConnectionDevice");
}

function checkConnectionHub(hub: ConnectionHub, respond: RespondDevice, peer: PublicKey): SlotConnection["HubLink"] {
  const link = hub.LinkKeys.find((key) => key.Udf === peer.udf && publicKeyOf(key).udf === peer.udf);
  const names = hub.Subject === respond.HubUdf && hub.Authority === respond.AccountUdf && hub.DealEpoch === respond.DealEpoch;
  if (!link || !names || !hub.DeviceUdf.includes(respond.DeviceUdf)) throw verificationError("ConnectionHub");
  return link;
}

function composites(device: ConnectionDevice): { readonly encryption: PublicKey; readonly signature: PublicKey } {
  return { encryption: publicKeyOf(device.Encryption), signature: publicKeyOf(device.Signature) };
}

/** (base + f + a_D).B must be the published part, and must not be all of the key: then a_H would be nothing. */
function checkPoints(respond: RespondDevice, device: ConnectionDevice, { own }: DeliveryContext): void {
  const whole = composites(device);
  const parts = [
    { key: own.encryption, share: respond.EncryptShare, part: respond.PartialEncryption, composite: whole.encryption },
    { key: own.signature, share: respond.SignatureShare, part: respond.PartialSignature, composite: whole.signature },
  ];
  for (const { key, share, part, composite } of parts) {
    const sum = addPrivate(key, privateKeyFromScalar("Ed25519", share)).public.octets;
    if (composite.curve !== "Ed25519" || !equalBytes(sum, part)) throw verificationError("share");
    if (equalBytes(sum, composite.octets)) throw new MeshError("ERR_VERIFICATION", "the delivery holds the whole activation");
  }
}
