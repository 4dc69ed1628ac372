/** Which keys open a file and whose signatures are known, by the options of the command and the account of this machine, if it has one. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { NamedKey } from "../../../account/index.ts";
import { keysOfPerson, knownSigners, openingKeys } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import type { PublicKey } from "../../../crypto/index.ts";
import { symmetricKeyId } from "../../../crypto/index.ts";
import type { DareHeader, OpeningKeys } from "../../../dare/index.ts";
import { deviceCatalog } from "../../../schema/index.ts";
import type { KeyFlags } from "../key/given.ts";
import { givenKey } from "../key/given.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What commands that open take. */
export interface OpeningFlags extends KeyFlags {
  readonly signedBy?: string;
}

/** Keys to open with, and to judge by. */
export interface Opening {
  /** For the functions of dare/open-stream.ts. Errors: ERR_KEY when the header is sealed to others. */
  readonly keysFor: (header: DareHeader) => Promise<OpeningKeys>;
  readonly known: readonly PublicKey[];
  /** Keys of which one has to have signed. */
  readonly signedBy?: readonly PublicKey[];
  /** Whose signature key this is; undefined when it is not known here. */
  nameOf(kid: string): string | undefined;
  /** Name of this machine in its account, where that opens things together with the service alone. */
  readonly sharer?: string | undefined;
}

/** The keys that the options and the account give. Errors: those of givenKey, ERR_NOT_FOUND. */
export async function openingOf(call: Invocation, flags: OpeningFlags): Promise<Opening> {
  const symmetricKey = await givenKey(call, flags);
  const { signedBy } = flags;
  const people: People = signedBy !== undefined || (await hasAccount(call.dir)) ? await peopleOf(call, signedBy) : { known: [] };
  return {
    keysFor: (header) => keysFor(call, symmetricKey, header),
    known: people.known.map(({ key }) => key),
    ...(people.wanted && { signedBy: [people.wanted.key] }),
    nameOf: (kid) => people.known.find(({ key }) => key.udf === kid)?.name,
    sharer: people.sharer,
  };
}

/** Who is known to the account, and as what this machine is. */
interface People {
  readonly known: readonly NamedKey[];
  readonly wanted?: NamedKey;
  readonly sharer?: string | undefined;
}

function peopleOf(call: Invocation, signedBy: string | undefined): Promise<People> {
  return inAccount(call, { doing: "looking up keys", sync: "none" }, async (context) => ({
    known: knownSigners(context),
    ...(signedBy === undefined ? {} : { wanted: keysOfPerson(context, signedBy).signature }),
    sharer: context.roles.includes("threshold") ? (context.get(deviceCatalog, context.deviceUdf)?.LocalName ?? context.deviceUdf) : undefined,
  }));
}

async function keysFor(call: Invocation, symmetricKey: Uint8Array | undefined, header: DareHeader): Promise<OpeningKeys> {
  const symmetric = symmetricKey ? { symmetricKey } : {};
  const recipients = header.recipients ?? [];
  const isOurs = symmetricKey !== undefined && recipients.some(({ epk, kid }) => !epk && (kid === undefined || kid === symmetricKeyId(symmetricKey)));
  if (isOurs) return symmetric;
  const isAgreed = recipients.some(({ epk }) => epk !== undefined);
  const account =
    isAgreed && (await hasAccount(call.dir))
      ? await inAccount(call, { doing: "asking for keys", sync: "none" }, (context) => openingKeys(context, header))
      : {};
  const held = new Set(account.keys?.map((key) => key.public.udf));
  const isHeld = recipients.some(({ kid, epk }) => epk !== undefined && held.size > 0 && (kid === undefined || held.has(kid)));
  // An exchange that names nobody may stand in an earlier frame.
  if (recipients.length > 0 && !isHeld) throw sealedToOthers(header);
  return { ...symmetric, ...account };
}

function sealedToOthers({ recipients = [] }: DareHeader): MeshError {
  const kids = recipients.slice(0, 4).map(({ kid }) => kid?.slice(0, 64) ?? "somebody");
  const more = recipients.length > kids.length ? ` and ${recipients.length - kids.length} more` : "";
  return new MeshError("ERR_KEY", `sealed to ${kids.join(", ")}${more}, and no key of these is here`, {
    hint: "open it on a machine of its recipient, or give its key by --key-file",
  });
}

async function hasAccount(dir: string): Promise<boolean> {
  return stat(join(dir, "account.json")).then(
    () => true,
    () => false,
  );
}
