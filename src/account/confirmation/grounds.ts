/**
 * What an answer rests on: the recipient's profile, as it is known here. A service that keeps a newer one back would have a device answer that was
 * removed; so the recipient's own service is asked, and what it shows is learnt. A service that lies about its own account is not found out.
 * extensions §13
 */
import { asMeshError, isMeshError } from "../../base/errors.ts";
import type { ProfileUser, Verified } from "../../schema/index.ts";
import { isNewerProfile } from "../../schema/index.ts";
import { learn } from "../contact/learn.ts";
import { lookUpProfile } from "../contact/look-up.ts";
import { newestSenders } from "../contact/newest-senders.ts";
import type { AccountContext } from "../context/account-context.ts";

/** The profile that an answer was judged by. */
export interface Grounds {
  readonly profile: ProfileUser;
  readonly version: number;
  /** When it was issued. */
  readonly updated?: string;
  /** Why the recipient's service could not say that it has no newer one; undefined when it said so, now. */
  readonly unconfirmed?: string;
}

/** So long what a service has shown is new enough; milliseconds. */
const freshMs = 60_000;

/** What came of asking, by the recipient. */
interface Asked {
  readonly at: number;
  readonly unconfirmed?: string;
  /** What the service showed, where that is newer than what was known. */
  readonly profile?: ProfileUser;
}

const asked = new WeakMap<AccountContext, Map<string, Asked>>();

/**
 * Asks the service of a contact for its profile, once a minute at most. A newer one is learnt.
 * @returns undefined for who is no contact any more. Errors: those of the account's own service.
 */
export async function groundsOf(context: AccountContext, recipient: string): Promise<Grounds | undefined> {
  const known = (await newestSenders(context))(recipient)?.profile;
  if (!known) return undefined;
  const { clock } = context.ports;
  const before = asked.get(context) ?? new Map<string, Asked>();
  asked.set(context, before);
  const last = before.get(recipient);
  if (last && clock.monotonic() - last.at < freshMs) return groundsBy(known, last);
  let found: Verified<ProfileUser>;
  try {
    found = await lookUpProfile(context, recipient);
  } catch (error) {
    const now = { at: clock.monotonic(), unconfirmed: asMeshError(error).message };
    before.set(recipient, now);
    return groundsBy(known, now);
  }
  const isNewer = isNewerProfile(found.value, known);
  if (isNewer) await note(context, found);
  const now = { at: clock.monotonic(), ...(isNewer && { profile: found.value }) };
  before.set(recipient, now);
  return groundsBy(known, now);
}

/** A machine that may not write contacts keeps it for itself. */
async function note(context: AccountContext, profile: Verified<ProfileUser>): Promise<void> {
  try {
    await context.transact({ catalogs: [learn(context, { profile, way: "FirstUse" })] });
  } catch (error) {
    if (!isMeshError(error, "ERR_NOT_AUTHORIZED")) throw error;
  }
}

function groundsBy(known: ProfileUser, { profile = known, unconfirmed }: Asked): Grounds {
  const { Version: version = 0, Updated: updated } = profile;
  return { profile, version, ...(updated === undefined ? {} : { updated }), ...(unconfirmed === undefined ? {} : { unconfirmed }) };
}
