/**
 * Claims at makers' services: a queue that is derived from the device catalog, never a step of connecting. extensions §3.6.
 * A claim is posted for every connected device whose code is known; a service that is away leaves it for the next time.
 */

import { fromUtf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { newNonce, parseConnectUri } from "../../crypto/index.ts";
import { openEnvelope } from "../../dare/index.ts";
import { serviceUrl } from "../../protocol/index.ts";
import { type CatalogedDevice, deviceCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { errandClient } from "../context/errand.ts";
import { claimEnvelope } from "../message/claim.ts";
import { edit } from "../store/edit.ts";
import { administratorEncryptionKeys } from "./deal-of.ts";

/** When a claim that failed is posted again, by device: a maker's service that is away or hangs must not cost each turn its patience. */
const postponed = new WeakMap<AccountContext, Map<string, { readonly failures: number; readonly until: number }>>();
const firstAgainMs = 60_000;
const lastAgainMs = 6 * 3_600_000;

/**
 * Posts the claims that are due. Needs the account's signature key; a claim that fails is logged and due again later. @returns the devices
 * claimed now
 */
export async function postClaims(context: AccountContext): Promise<readonly string[]> {
  if (!context.keys.accountSignature) return [];
  const { clock, log } = context.ports;
  const later = postponed.get(context) ?? new Map<string, { failures: number; until: number }>();
  postponed.set(context, later);
  const due = context
    .list(deviceCatalog)
    .filter(({ value }) => value.Connected !== undefined && value.Claimed === undefined && value.SealedUri && !value.SealedReleaseDevice);
  const claimed: string[] = [];
  let hasFailed = false;
  for (const { key, value } of due) {
    const { failures = 0, until = 0 } = later.get(key) ?? {};
    // One failure in a turn: a maker's service that hangs must not hold the directory for each of its devices.
    if (hasFailed || clock.monotonic() < until) continue;
    try {
      await postClaim(context, value);
      later.delete(key);
      claimed.push(key);
    } catch (error) {
      hasFailed = true;
      const { code, message } = asMeshError(error);
      later.set(key, { failures: failures + 1, until: clock.monotonic() + Math.min(lastAgainMs, firstAgainMs * 2 ** failures) });
      log.warn("claim.postponed", { device: key, code, reason: message });
    }
  }
  return claimed;
}

async function postClaim(context: AccountContext, device: CatalogedDevice): Promise<void> {
  const { ports } = context;
  const { accountSignature } = context.keys;
  if (!accountSignature || !device.SealedUri) return;
  const uri = parseConnectUri(fromUtf8(openEnvelope(device.SealedUri, { keys: administratorEncryptionKeys(context) })));
  const messageId = device.ClaimMessageId ?? newNonce(ports.random);
  const client = errandClient(context, { url: context.serviceUrlOf(uri.account) ?? (await serviceUrl(uri.account)) });
  try {
    // In one request: only with the device's word does a claim outdo that of somebody who has seen the code.
    await client.claim({
      TargetAccountAddress: uri.account,
      EnvelopedMessageClaim: await claimEnvelope(context, { key: uri.key, messageId, signer: accountSignature }),
      ...(device.EnvelopedClaimConfirm ? { EnvelopedClaimConfirm: device.EnvelopedClaimConfirm } : {}),
    });
  } finally {
    client.close();
  }
  await context.transact({
    catalogs: [edit(deviceCatalog, device.DeviceUdf, (now) => now && { ...now, Claimed: dateTime(ports.clock.now()), ClaimMessageId: messageId })],
  });
}
