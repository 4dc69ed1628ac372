/** One device, signed by both halves: its number first stands in MMM_Joined, where every device of the owner sees it, and then the service signs. docs/extensions.md §16 */
import { verificationError } from "../../base/errors.ts";
import type { CatalogedDevice, Enveloped } from "../../schema/index.ts";
import {
  ActivationShare,
  CatalogedDevice as CatalogedDeviceObject,
  catalogAdministrators,
  deviceCatalog,
  envelopeObject,
  joinedCatalog,
  openObject,
  SplitConnection,
  signedObject,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { SharedKey } from "../power/shared-key.ts";
import { SharedSigner } from "../power/shared-signer.ts";
import { edit } from "../store/edit.ts";
import type { SplitDeal } from "./deal.ts";
import type { StandingSplit } from "./standing.ts";

/**
 * Takes a number, has the deal signed, and writes the device's entry with the messages given.
 * Errors: ERR_NOT_AUTHORIZED says which limit the service has refused; ERR_VERIFICATION, ERR_CONFLICT, those of the service.
 */
export async function signBySplit(
  context: AccountContext,
  {
    standing,
    serial,
    deal,
  }: { readonly standing: StandingSplit; readonly serial: number; readonly deal: Pick<SplitDeal, "connection" | "digest" | "signed"> },
  messages: readonly OutgoingMessage[],
): Promise<CatalogedDevice> {
  const { random } = context.ports;
  const { split } = standing;
  const value = { SplitId: split.Id, Serial: serial, Digest: deal.digest };
  const key = joinedCatalog.keyOf(value);
  await context.transact({ catalogs: [edit(joinedCatalog, key, (now) => now ?? value)] });
  const signer = new SharedSigner(ownHalf(context, standing), { powers: context.powers, random });
  const signed = await signedObject({ struct: SplitConnection, value: deal.connection, signer, random, compact: true });
  const device = deal.signed(signed);
  const EnvelopedDevice = sealEntry(context, device);
  await context.transact({
    catalogs: [edit(joinedCatalog, key, (now) => now && { ...now, EnvelopedSplitConnection: signed, EnvelopedDevice })],
    messages,
  });
  return device;
}

/** An entry for those who read MMM_Device. */
export function sealEntry(context: AccountContext, value: CatalogedDevice): Enveloped<CatalogedDevice> {
  const number = context.keyEpochOf(deviceCatalog.label);
  // The one in force: a later one may be known to this machine alone.
  const inForce = context.keys.storeKeys.get(deviceCatalog.label)?.find(({ keyEpoch }) => keyEpoch === number);
  if (!inForce) throw verificationError("the key of MMM_Device");
  return envelopeObject({ struct: CatalogedDeviceObject, value, recipients: [inForce.key.public], random: context.ports.random });
}

function ownHalf({ keys, profile }: AccountContext, { split, entry }: StandingSplit): SharedKey {
  if (!entry.EnvelopedShare) throw verificationError("the half of the split");
  const share = openObject(ActivationShare, entry.EnvelopedShare, [keys.encryption], catalogAdministrators(profile));
  if (share.ServiceId !== split.Id || share.Key.Udf !== split.Key.Udf) throw verificationError("the half of the split");
  return new SharedKey(share);
}
