/** What every transaction works with, and the shape of one. */
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { Told } from "../../base/told.ts";
import type { Caller, OperationName, RequestOf, ResponseOf } from "../../protocol/index.ts";
import type { AccountBook } from "../account/account-book.ts";
import type { InvitationBook } from "../bind/invitation-book.ts";
import type { BindPolicy } from "../bind/policy.ts";
import type { MemberRates, NetworkBudgets } from "../budgets.ts";
import type { FaultHook } from "../fault.ts";
import type { ServiceIdentity } from "../identity.ts";
import type { Limits } from "../limits.ts";
import type { AuditLog } from "../operate/audit-log.ts";
import type { KeptShares } from "../operate/kept-shares.ts";
import type { PowerRates } from "../operate/power-rates.ts";
import type { SigningSessions } from "../operate/signing-sessions.ts";
import type { Courier } from "../peer/courier.ts";
import type { PostingHosts } from "../peer/credential.ts";
import type { PeerBook } from "../peer/peer-book.ts";
import type { ServiceStore } from "../store/service-store.ts";

/** The service as its transactions see it. */
export interface ServiceContext {
  readonly identity: ServiceIdentity;
  readonly book: AccountBook;
  readonly store: ServiceStore;
  readonly limits: Limits;
  readonly bindPolicy: BindPolicy;
  readonly invitations: InvitationBook;
  readonly budgets: NetworkBudgets;
  readonly rates: MemberRates;
  /** What is done with shares of accounts' keys: how often, which are open, what waits for a second round, and what was done. */
  readonly powerRates: PowerRates;
  readonly shares: KeptShares;
  readonly sessions: SigningSessions;
  readonly audit: AuditLog;
  /** What the log was told of. */
  readonly told: Told;
  /** Domains of the accounts it takes; all when undefined. */
  readonly domains?: readonly string[];
  /** The services of other domains, and the messages that are on their way to them. */
  readonly peers: PeerBook;
  readonly courier: Courier;
  readonly postingHosts: PostingHosts;
  /** Addresses that clients may use, as far as they are known. */
  readonly uris: () => readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly fault: FaultHook;
  readonly log: Log;
}

/** Who asks, and until when. */
export interface Call {
  readonly caller: Caller;
  /** Folded address of the account that its session speaks for when it is a device of it; undefined for a stranger. */
  readonly member: string | undefined;
  /** Network address that the request came from. */
  readonly address: string;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
}

/** A transaction. Whatever it throws becomes the response's status. */
export type Transaction<N extends OperationName> = (context: ServiceContext, request: RequestOf<N>, call: Call) => Promise<ResponseOf<N>>;
