/** The device's word that it is connected, carried by its hub: verified here, and only then is the device "connected". extensions §3.4-3.5. */

import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError, verificationError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import { sha512 } from "../../crypto/index.ts";
import {
  AcceptConnection,
  acceptMac,
  type CatalogedDevice,
  ClaimConfirm,
  DeviceReleased,
  deviceCatalog,
  ForwardAccept,
  openObject,
  ProfileDevice,
  publicKeyOf,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import { handledMessages } from "../message/closed.ts";
import { senderOf } from "../message/sender.ts";
import { joinedDevice } from "../split/joined.ts";
import { edit, remove } from "../store/edit.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";
import { administratorEncryptionKeys, dealOf } from "./deal-of.ts";

/** What the administration device did about a message of a hub. */
export interface ProcessedAccept {
  readonly deviceUdf: string;
  readonly kind: "connected" | "released";
}

/** Checks AcceptConnection against the deal it answers. Errors: ERR_VERIFICATION. */
function checkAccept(context: AccountContext, entry: CatalogedDevice, accept: AcceptConnection): void {
  if (!entry.EnvelopedActivationDeal) throw verificationError("the device's acceptance");
  requireAcceptance(context, entry, { accept, linkRoot: dealOf(context, entry).LinkRoot });
}

/** The same by whoever knows the LinkRoot of the deal. Errors: ERR_VERIFICATION. */
export function requireAcceptance(
  context: AccountContext,
  entry: CatalogedDevice,
  { accept, linkRoot }: { readonly accept: AcceptConnection; readonly linkRoot: Uint8Array },
): void {
  const agrees =
    accept.DeviceUdf === entry.DeviceUdf &&
    accept.AccountUdf === context.accountUdf &&
    accept.HubUdf === entry.HubUdf &&
    accept.DealEpoch === entry.DealEpoch &&
    equalBytes(accept.ConnectionDigest, sha512(entry.EnvelopedConnectionDevice.body)) &&
    equalBytes(accept.Mac, acceptMac(linkRoot, accept));
  if (!agrees) throw verificationError("the device's acceptance");
}

function connected(context: AccountContext, entry: CatalogedDevice, accept: AcceptConnection): CatalogedDevice {
  const { EnvelopedClaimConfirm: confirm } = accept;
  if (confirm) {
    const profile = verifyProfile(ProfileDevice, entry.EnvelopedProfileDevice, entry.DeviceUdf).value;
    verifyObject(ClaimConfirm, confirm, [publicKeyOf(profile.Signature)]);
  }
  const now = dateTime(context.ports.clock.now());
  const { Pinned: _pinned, ...known } = entry;
  return { ...known, Connected: now, MetEpoch: accept.DealEpoch, Updated: now, ...(confirm ? { EnvelopedClaimConfirm: confirm } : {}) };
}

/** Undefined for a message that nothing comes of; another one is closed along with what comes of it. */
async function processOne(context: AccountContext, message: SpoolMessage): Promise<ProcessedAccept | undefined> {
  const hub = senderOf(context, message.envelope);
  if (!hub?.connection.Roles.includes("hub")) return undefined;
  const keys = administratorEncryptionKeys(context);
  if (message.messageType === DeviceReleased.tag) {
    const { DeviceUdf, DealEpoch } = openObject(DeviceReleased, message.envelope, keys);
    const entry = context.get(deviceCatalog, DeviceUdf);
    if (entry?.HubUdf !== hub.udf || entry.DealEpoch !== DealEpoch || !entry.SealedReleaseDevice) return undefined;
    await context.transact({ catalogs: [remove(deviceCatalog, DeviceUdf)], messages: [handledMessages(context, [message])] });
    return { deviceUdf: DeviceUdf, kind: "released" };
  }
  const forward = openObject(ForwardAccept, message.envelope, keys);
  const accept = decodeObject(AcceptConnection, forward.Accept);
  const entry = context.get(deviceCatalog, accept.DeviceUdf);
  if (!entry || entry.HubUdf !== hub.udf || entry.Connected !== undefined) return undefined;
  // Of a deal before the one in force, or of a split: the machine that has the LinkRoot of that deal judges it, and it says nothing of this one.
  if (accept.DealEpoch < (entry.DealEpoch ?? 0) || joinedDevice(context, accept.DeviceUdf)) return undefined;
  checkAccept(context, entry, accept);
  await context.transact({
    catalogs: [
      edit(deviceCatalog, accept.DeviceUdf, (now) =>
        now && now.DealEpoch === accept.DealEpoch && now.Connected === undefined ? connected(context, now, accept) : now,
      ),
    ],
    messages: [handledMessages(context, [message])],
  });
  return { deviceUdf: accept.DeviceUdf, kind: "connected" };
}

/**
 * Processes what hubs reported of their devices in MMM_Command from a frame index on.
 * What does not verify is logged and left; it connects nothing, and stops none of the others. Errors: those of the service and the disk.
 * @returns what happened, the messages that say nothing more and are open still, and the index to go on from
 */
export async function processAccepts(
  context: AccountContext,
  from: number,
): Promise<{ readonly processed: readonly ProcessedAccept[]; readonly handled: readonly SpoolMessage[]; readonly next: number }> {
  const processed: ProcessedAccept[] = [];
  const handled: SpoolMessage[] = [];
  for await (const message of context.messages("MMM_Command", from)) {
    if (message.messageType !== ForwardAccept.tag && message.messageType !== DeviceReleased.tag) continue;
    try {
      const done = await processOne(context, message);
      if (done) processed.push(done);
      else handled.push(message);
    } catch (error) {
      if (isOfSurroundings(error)) throw error;
      context.ports.log.warn("accept.refused", { index: message.index, reason: asMeshError(error).message });
    }
  }
  return { processed, handled, next: context.spoolCount("MMM_Command") };
}
