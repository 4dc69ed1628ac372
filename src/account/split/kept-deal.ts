/**
 * The deal that a machine is having signed, on its disk until the device is connected: whoever lost the service's answer has the very same signed once
 * more, under the same number. Of another device, another contribution, or a number that stands for something else, it is nothing. extensions §16
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import { equalBytes } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { encodeObject, encodeObjectB } from "../../codec/index.ts";
import { sha512 } from "../../crypto/index.ts";
import { joinedCatalog, SplitConnection } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { readObjectFile } from "../context/object-file.ts";
import type { SplitDeal, SplitDealOptions } from "./deal.ts";
import { dealOfParts, SplitDealParts } from "./deal.ts";

const fileName = "joining.json";
/** The service signs what is of its own time within ten minutes; what comes near takes another number. */
const freshMs = 480_000;

const pathOf = ({ dir }: AccountContext): string => join(dir, fileName);

/** Keeps a deal before its number is taken. Errors: those of the disk. */
export async function keepDeal(context: AccountContext, { parts }: SplitDeal): Promise<void> {
  await writeFileAtomic(pathOf(context), encodeObject(SplitDealParts, parts));
}

/** Forgets what was kept. */
export async function forgetDeal(context: AccountContext): Promise<void> {
  await rm(pathOf(context), { force: true });
}

/** What was kept, when its number stands for it, or for nothing yet, and nobody has the signature; undefined for want of one, which is no reason to stop. */
export async function keptParts(context: AccountContext): Promise<SplitDealParts | undefined> {
  const parts = await readObjectFile(pathOf(context), SplitDealParts).catch((error) => {
    context.ports.log.warn("split.kept-deal", { reason: asMeshError(error).message });
    return undefined;
  });
  if (!parts) return undefined;
  const { Connection: connection } = parts;
  const { SplitId, Serial } = connection;
  const Digest = sha512(encodeObjectB(SplitConnection, connection));
  const taken = context.get(joinedCatalog, joinedCatalog.keyOf({ SplitId, Serial, Digest }));
  const isOpen = taken === undefined || (taken.EnvelopedDevice === undefined && equalBytes(taken.Digest, Digest));
  const isFresh = Math.abs(context.ports.clock.now() - fromDateTime(connection.Time)) < freshMs;
  return isOpen && isFresh ? parts : undefined;
}

/** The kept deal of this very offer. */
export async function keptDeal(options: Pick<SplitDealOptions, "context" | "split" | "envelopedSplit" | "offer">): Promise<SplitDeal | undefined> {
  const { context, split, offer } = options;
  const parts = await keptParts(context);
  const { Connection: connection, Device } = parts ?? {};
  const isSame =
    connection?.SplitId === split.Id &&
    connection.DeviceUdf === offer.device.deviceUdf &&
    connection.HubUdf === offer.hub.udf &&
    Device?.EnvelopedDeviceContribution !== undefined &&
    equalBytes(Device.EnvelopedDeviceContribution.body, offer.contributionEnvelope.body);
  return parts && isSame ? dealOfParts(parts, options) : undefined;
}
