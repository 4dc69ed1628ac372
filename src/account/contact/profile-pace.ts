/**
 * How often a message goes out once more because a service has shown a newer profile in place of taking it. An account replaces its keys now and then;
 * a service, or a contact with its root key, could show another profile each time, and have this account write for ever.
 */
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { AccountContext } from "../context/account-context.ts";

/** Of one contact: four at once, four a day. */
const quota: Quota = { perSecond: 4 / 86_400, burst: 4 };

const paces = new WeakMap<AccountContext, Map<string, TokenBucket>>();

/** Whether a newer profile of a contact's address may be followed now; what it takes is taken. */
export function mayFollowProfile(context: AccountContext, address: string): boolean {
  const pace = paces.get(context) ?? new Map<string, TokenBucket>();
  paces.set(context, pace);
  for (const [known, bucket] of pace) if (bucket.full) pace.delete(known);
  const bucket = pace.get(address) ?? new TokenBucket(quota, context.ports.clock);
  pace.set(address, bucket);
  return bucket.take();
}
