/** Puts together what the transactions work with: keys, stores, accounts. */
import type { Clock } from "../base/clock.ts";
import { asMeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { Told } from "../base/told.ts";
import type { ConfiguredPeer, Dns } from "../protocol/index.ts";
import { domainName } from "../schema/index.ts";
import { Account } from "./account/account.ts";
import { AccountBook } from "./account/account-book.ts";
import { InvitationBook } from "./bind/invitation-book.ts";
import type { BindPolicy } from "./bind/policy.ts";
import { MemberRates, NetworkBudgets } from "./budgets.ts";
import type { FaultHook } from "./fault.ts";
import { noFault } from "./fault.ts";
import { loadIdentity } from "./identity.ts";
import type { Limits } from "./limits.ts";
import { defaultLimits } from "./limits.ts";
import { AuditLog } from "./operate/audit-log.ts";
import { KeptShares } from "./operate/kept-shares.ts";
import { PowerRates } from "./operate/power-rates.ts";
import { SigningSessions } from "./operate/signing-sessions.ts";
import { Courier } from "./peer/courier.ts";
import { PostingHosts } from "./peer/credential.ts";
import { PeerBook } from "./peer/peer-book.ts";
import { FileServiceStore } from "./store/file/file-store.ts";
import type { ServiceContext } from "./transaction/context.ts";
import { finishDeliveries } from "./transaction/send-out.ts";
import { keepUp } from "./upkeep.ts";
import { newCensus, WaitingRoom } from "./wait/waiting-room.ts";

/** What a service works on. */
export interface ContextOptions {
  /** Directory of its seed and accounts, which nobody else uses. */
  readonly dir: string;
  /** Domains whose addresses it takes; all when undefined. */
  readonly domains?: readonly string[];
  /** Services of other domains that are known. */
  readonly peers?: readonly ConfiguredPeer[];
  /** How the services of other domains are looked up; without, none but `peers` are spoken to. */
  readonly dns?: Dns;
  /** Who may make a new account. */
  readonly bind: BindPolicy;
  /** Addresses that clients may use; asked when a client asks. */
  readonly uris?: () => readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits?: Partial<Limits>;
  /** Tests stop the process here. */
  readonly fault?: FaultHook;
}

/** What was opened. */
export interface OpenedContext {
  readonly context: ServiceContext;
  /** Ends all waits and closes every file. */
  close(): Promise<void>;
}

/** How often the log is told of one thing that callers bring about. */
const tellMs = 3600_000;

/** Opens no account, but such as have messages to send; that goes on in the background. ERR_CONFIG, ERR_STORE, ERR_STORE_DAMAGED (the seed). */
export async function openContext(options: ContextOptions): Promise<OpenedContext> {
  const { dir, clock, random, log, bind, domains, uris = () => [], fault = noFault } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const identity = await loadIdentity({ dir, random });
  const store = await FileServiceStore.open({ dir, limits, clock, fault, log });
  const census = newCensus(limits);
  const told = new Told({ everyMs: tellMs, clock });
  const tasks = new Set<Promise<void>>();
  const background = (task: Promise<void>): void => void tasks.add(task.finally(() => tasks.delete(task)));
  const book = new AccountBook({
    store,
    keep: limits.openAccounts,
    clock,
    told,
    open: (address) => {
      const room = new WaitingRoom({ address, clock, census, limits });
      return Account.open({ address, store, encryption: identity.encryption, room, limits, clock });
    },
    opened: (account) => background(finishDeliveries(context, account)),
    log,
  });
  const own = domains?.map(domainName);
  const peers = new PeerBook({
    dir,
    identity,
    ...(own === undefined ? {} : { domains: own }),
    peers: options.peers ?? [],
    dns: options.dns,
    limits,
    clock,
    random,
    told,
    log,
  });
  const courier = new Courier(() => context);
  const context: ServiceContext = {
    identity,
    book,
    store,
    limits,
    bindPolicy: bind,
    invitations: new InvitationBook({ dir, serviceUdf: identity.udf, clock }),
    budgets: new NetworkBudgets(limits, clock),
    rates: new MemberRates(limits, clock),
    powerRates: new PowerRates(limits, clock),
    shares: new KeptShares({ limits, clock }),
    sessions: new SigningSessions({ limits, clock, random }),
    audit: new AuditLog({ identity, limits, clock, random }),
    told,
    ...(own === undefined ? {} : { domains: own }),
    peers,
    courier,
    postingHosts: new PostingHosts({ clock, keptMs: limits.peerProofMs }),
    uris,
    clock,
    random,
    fault,
    log,
  };
  background(openUndelivered(context));
  const ending = new AbortController();
  background(keepUp(context, ending.signal));
  return {
    context,
    close: async () => {
      ending.abort();
      context.sessions.close();
      context.shares.close();
      await courier.close();
      book.close();
      await Promise.all(tasks);
      await store.close();
    },
  };
}

/** Opening an account sends what it has to send. One that cannot be opened was logged. */
async function openUndelivered({ store, book, log }: ServiceContext): Promise<void> {
  try {
    for await (const address of store.undelivered()) await book.get(address).catch(() => undefined);
  } catch (error) {
    log.warn("delivery.failed", { reason: asMeshError(error).message });
  }
}
