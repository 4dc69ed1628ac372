/**
 * Fetches the recovery record of a code on a machine that has no account: a claim of what is published for everybody who knows the code, in the name of
 * a throwaway account, since the service files nothing of it. protocol-09 §7.5
 */
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { generatePrivateKey, newNonce, parseConnectUri, unwrapConnectUri } from "../../crypto/index.ts";
import { MeshClient } from "../../protocol/index.ts";
import { envelopeObject, keyDataOf, ProfileUser } from "../../schema/index.ts";
import type { Ports } from "../context/ports.ts";
import type { Claimant } from "../message/claim.ts";
import { claimEnvelope } from "../message/claim.ts";
import type { OpenedRecord } from "./record.ts";
import { openRecord } from "./record.ts";

/** No such domain can be: RFC 2606. */
const nobody = "nobody@invalid";

/** What a record's code says. */
export interface RecordCode {
  readonly address: string;
  readonly udf: string;
  readonly key: Uint8Array;
  /** When the code was printed: there has been a record of then, and none older is good. */
  readonly since?: number;
}

/** Reads a code. Errors: ERR_CODE_KIND, ERR_CODE_DAMAGED. */
export function parseRecordCode(code: string): RecordCode {
  const hint = "'meshman account escrow' prints it as Record, beside the shares";
  if (unwrapConnectUri(code) === undefined) throw new MeshError("ERR_CODE_KIND", "text is no code of a recovery record", { hint });
  const { kind, account, key, udf } = parseConnectUri(code);
  const [, stated] = /[?&]since=([^&#\s]+)/i.exec(code) ?? [];
  const since = stated === undefined ? undefined : fromDateTime(stated.toUpperCase());
  if (Number.isNaN(since)) throw new MeshError("ERR_CODE_DAMAGED", `code is damaged: ${stated} is not a time`);
  if (kind === "earl" && udf !== undefined) return { address: account, udf, key, ...(since !== undefined && { since }) };
  throw new MeshError("ERR_CODE_KIND", "the code is not that of a recovery record, which names the account's fingerprint", { hint });
}

/**
 * The record of a code. Errors: ERR_CODE_KIND, ERR_CODE_DAMAGED; ERR_NOT_FOUND when there is none; ERR_VERIFICATION when it is not of the account that
 * the code names; ERR_ROLLBACK when it is older than the code; those of the service.
 */
export async function fetchRecord(
  code: string,
  { serviceUrl, ports }: { readonly serviceUrl: string; readonly ports: Ports },
): Promise<OpenedRecord> {
  const { address, udf, key, since = 0 } = parseRecordCode(code);
  const { clock, random } = ports;
  const client = new MeshClient({ url: serviceUrl, link: generatePrivateKey("X448", random), clock, random });
  try {
    const { signer, ...claimant } = await throwaway(client, ports);
    const { CatalogedPublication: found } = await client.claim({
      TargetAccountAddress: address,
      EnvelopedMessageClaim: await claimEnvelope(claimant, { key, messageId: newNonce(random), signer }),
    });
    if (!found) throw new MeshError("ERR_SCHEMA", "ClaimResponse: the publication is missing");
    if (found.Shared !== true) throw new MeshError("ERR_CODE_KIND", "the code is a device's, not that of a recovery record");
    const opened = openRecord(found.EnvelopedData, key, { address, udf });
    if (fromDateTime(opened.record.Time) >= since) return opened;
    throw new MeshError("ERR_ROLLBACK", `the service shows a record of ${opened.record.Time}, and the code was printed after that`, {
      hint: "the service was put back, or somebody at it is not honest: a removed machine could be among the devices that it shows",
    });
  } finally {
    await client.close();
  }
}

/** An account of nobody, with keys of this moment. */
async function throwaway(client: MeshClient, ports: Ports): Promise<Claimant & { readonly signer: ReturnType<typeof generatePrivateKey> }> {
  const { clock, random } = ports;
  await client.hello();
  const fresh = (curve: "X448" | "Ed448"): ProfileUser["AccountSignature"] => keyDataOf(generatePrivateKey(curve, random).public);
  const root = generatePrivateKey("Ed448", random);
  const signer = generatePrivateKey("Ed448", random);
  const accountUdf = root.public.udf;
  const value: ProfileUser = {
    Updated: dateTime(clock.now()),
    ProfileSignature: keyDataOf(root.public),
    AccountAddress: nobody,
    ServiceUdf: client.profileService?.signer.udf ?? "",
    AccountEncryption: fresh("X448"),
    AdministratorSignature: fresh("Ed448"),
    AccountAuthentication: fresh("X448"),
    AccountSignature: keyDataOf(signer.public),
    AdministratorSignature25519: keyDataOf(generatePrivateKey("Ed25519", random).public),
    AdministratorEncryption: fresh("X448"),
  };
  const profileEnvelope = envelopeObject({ struct: ProfileUser, value, signers: [root], envelopeId: accountUdf, random });
  return { address: nobody, accountUdf, profileEnvelope, ports, signer };
}
