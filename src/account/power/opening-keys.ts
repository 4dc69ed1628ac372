/** Opening files and messages that are sealed to the account: with its key, or with a share of it and the service's help. schema-08 §9.2; extensions §6. */
import { MeshError } from "../../base/errors.ts";
import type { AgreeingKey, PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope, DareHeader, OpeningKeys } from "../../dare/index.ts";
import { openEnvelope, publicKeyOf } from "../../dare/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { sharedKeysOf } from "../context/keyring.ts";
import { allKeys } from "../context/member-keys.ts";
import { groupOpeningKeys } from "../group/opening.ts";
import { withSharesInForce } from "./power-client.ts";
import { SharedKey } from "./shared-key.ts";

const member = "AccountEncryption";

/** The keys that open what is sealed to the account, whole or shared, the one in force first and those of before; none on a device that has neither. */
export function accountEncryptionKeys({ keys, profile }: Pick<AccountContext, "keys" | "profile">): readonly AgreeingKey[] {
  const shared = [...sharedKeysOf(keys, member)].sort((a, b) => b.keyEpoch - a.keyEpoch);
  return [...allKeys(keys.members, profile, member), ...shared];
}

/**
 * Keys of the account, and of groups that it is a member of, that may open what has this header. With a share the service is asked first; nothing is asked for a header that is sealed to
 * others alone. Errors: ERR_NOT_AUTHORIZED on a device that has no such key; those of PowerClient.agree.
 */
export async function openingKeys(context: AccountContext, header: DareHeader): Promise<OpeningKeys> {
  const groups = await groupOpeningKeys(context, header);
  await agreeOn(context, [header]);
  const keys = [...accountEncryptionKeys(context), ...groups];
  if (keys.length === 0) {
    throw new MeshError("ERR_NOT_AUTHORIZED", "this device opens nothing that is sealed to the account", {
      hint: "do it on a machine with the role threshold, message, web or admin",
    });
  }
  const answered = keys.flatMap((key) => (key instanceof SharedKey ? ofHeader(key, header).map((epk) => key.hasAgreed(epk)) : []));
  if (answered.length > 0 && !answered.includes(true)) {
    throw new MeshError("ERR_VERIFICATION", "what the service answered does not open this", {
      hint: "the service's share may be of another deal: have this device's dealt anew by 'meshman device auth'; or the envelope is damaged",
    });
  }
  return { keys };
}

/** The ephemeral keys that a header has for a key. */
function ofHeader({ public: { udf } }: SharedKey, { recipients = [] }: DareHeader): readonly PublicKey[] {
  return recipients.flatMap(({ kid, epk }) => (kid === udf && epk ? [publicKeyOf(epk)] : []));
}

/** Agrees with the service on what is sealed to the account, where this device has a share of its key. Errors: those of PowerClient.agree. */
export async function agreeOn(context: AccountContext, headers: readonly DareHeader[]): Promise<void> {
  if (context.keys.members.has(member)) return;
  const shares = (): readonly SharedKey[] => sharedKeysOf(context.keys, member);
  const ask = async (): Promise<void> => {
    for (const key of shares()) await context.powers.agree(key, headers);
  };
  await withSharesInForce(ask, () => context.sync({ stores: [] }));
}

/** The payload of an envelope that is sealed to the account; its signatures are the caller's to verify. Errors: ERR_VERIFICATION; those of openingKeys. */
export async function openAccountEnvelope(context: AccountContext, envelope: DareEnvelope): Promise<Uint8Array> {
  return openEnvelope(envelope, { ...(await openingKeys(context, envelope.header)), sealed: true });
}
