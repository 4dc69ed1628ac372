/**
 * How much callers may use up: those of one network, however many keys and accounts they have (accounts, claims, messages, requests to
 * connect), the devices of one account (requests, messages to other services), and other services. Kept in memory: a restart begins it anew. Each refusal names the figure.
 */
import type { Clock } from "../base/clock.ts";
import type { Burst } from "../base/crowd/network-quota.ts";
import { NetworkQuota } from "../base/crowd/network-quota.ts";
import { MeshError } from "../base/errors.ts";
import type { Limits } from "./limits.ts";

/** Budgets by network. */
export class NetworkBudgets {
  readonly #bind: Budget;
  readonly #rebind: Budget;
  readonly #claim: Budget;
  readonly #post: Budget;
  readonly #introduce: Budget;
  readonly #profile: Budget;
  readonly #lookup: Budget;
  readonly #peerPost: Budget;
  readonly #peerIntroduce: Budget;
  readonly #connect: NetworkQuota;

  constructor(limits: Limits, clock: Clock) {
    this.#bind = new Budget("new accounts", { burst: limits.bindBurst, everyMs: limits.bindEveryMs }, clock);
    this.#rebind = new Budget("renewals of accounts", { burst: limits.rebindBurst, everyMs: limits.rebindEveryMs }, clock);
    this.#claim = new Budget("claims", { burst: limits.claimBurst, everyMs: limits.claimEveryMs }, clock);
    this.#post = new Budget("messages", { burst: limits.postBurst, everyMs: limits.postEveryMs }, clock);
    this.#introduce = new Budget("messages to one account", { burst: limits.introduceBurst, everyMs: limits.introduceEveryMs }, clock);
    this.#profile = new Budget("questions for profiles", { burst: limits.profileBurst, everyMs: limits.profileEveryMs }, clock);
    this.#lookup = new Budget("domains that were never met", { burst: limits.lookupBurst, everyMs: limits.lookupEveryMs }, clock, "one sender");
    const peer = "your service";
    this.#peerPost = new Budget("messages", { burst: limits.peerPostBurst, everyMs: limits.peerPostEveryMs }, clock, peer);
    this.#peerIntroduce = new Budget(
      "messages to one account",
      { burst: limits.peerIntroduceBurst, everyMs: limits.peerIntroduceEveryMs },
      clock,
      peer,
    );
    this.#connect = new NetworkQuota({ burst: limits.connectBurst, everyMs: limits.connectEveryMs }, clock);
  }

  /** A new account. ERR_QUOTA. */
  takeBind(network: string): void {
    this.#bind.take(network);
  }

  /** A newer profile of an account that is there. ERR_QUOTA. */
  takeRebind(network: string): void {
    this.#rebind.take(network);
  }

  /** A claim, a release or a confirmation. ERR_QUOTA. */
  takeClaim(network: string): void {
    this.#claim.take(network);
  }

  /** A message of a stranger to one account. ERR_QUOTA. */
  takeIntroduction(network: string, recipient: string): void {
    this.#introduce.take(network, recipient);
    this.#post.take(network);
  }

  /** A message that its recipient takes from its sender. ERR_QUOTA. */
  takePost(network: string): void {
    this.#post.take(network);
  }

  /** A question for the profile of an account. ERR_QUOTA. */
  takeProfile(network: string): void {
    this.#profile.take(network);
  }

  /** A message of a stranger that another service posts to one account. ERR_QUOTA. */
  takePeerIntroduction(serviceUdf: string, recipient: string): void {
    this.#peerIntroduce.take(serviceUdf, recipient);
    this.#peerPost.take(serviceUdf);
  }

  /** A message that another service posts and its recipient takes from its sender. ERR_QUOTA. */
  takePeerPost(serviceUdf: string): void {
    this.#peerPost.take(serviceUdf);
  }

  /** A domain whose service has to be looked up for the first time, for a network or an account. ERR_QUOTA. */
  takeLookup(sender: string): void {
    this.#lookup.take(sender);
  }

  /** A request to connect without a PIN; false beyond the budget. */
  hasConnect(network: string, account: string): boolean {
    return this.#connect.take(network, account);
  }
}

/** What counts as one message. */
const messageOctets = 4096;

/** How fast the devices of an account may ask: each of them, and all together. */
export class MemberRates {
  readonly #device: Budget;
  readonly #account: Budget;
  readonly #messages: Budget;
  readonly #send: Budget;
  readonly #operations: Budget;
  readonly #refused: Budget;

  constructor(limits: Limits, clock: Clock) {
    const { memberMessageBurst, memberMessageEveryMs } = limits;
    this.#messages = new Budget("messages of 4 kB", { burst: memberMessageBurst, everyMs: memberMessageEveryMs }, clock, "this device");
    const { memberRequestBurst, memberRequestEveryMs, accountRequestBurst, accountRequestEveryMs } = limits;
    this.#device = new Budget("requests", { burst: memberRequestBurst, everyMs: memberRequestEveryMs }, clock, "this device");
    this.#send = new Budget("messages to other services", { burst: limits.sendBurst, everyMs: limits.sendEveryMs }, clock, "this account");
    const operations = { burst: limits.operateBurst, everyMs: limits.operateEveryMs };
    this.#operations = new Budget("operations", operations, clock, "those who may use keys of this account");
    this.#refused = new Budget("operations that nobody granted", operations, clock, "the devices of your account");
    this.#account = new Budget("requests", { burst: accountRequestBurst, everyMs: accountRequestEveryMs }, clock, "the devices of this account");
  }

  /** Operations with shares of an account's keys, whoever it lets have them. ERR_QUOTA. */
  takeOperations(account: string, count: number): void {
    this.#operations.take(account, undefined, count);
  }

  /** Operations that the devices of an account ask of others, and that these have not granted. ERR_QUOTA. */
  takeRefused(account: string, count: number): void {
    this.#refused.take(account, undefined, count);
  }

  /** A message to an account of another service. ERR_QUOTA. */
  takeSend(account: string): void {
    this.#send.take(account);
  }

  /** A request. ERR_QUOTA. */
  take(account: string, linkUdf: string): void {
    this.#device.take(linkUdf);
    this.#account.take(account);
  }

  /** Messages for the account's own spools, which keep their frames for good. ERR_QUOTA. */
  takeMessages(linkUdf: string, octets: readonly number[]): void {
    this.#messages.take(
      linkUdf,
      undefined,
      octets.reduce((sum, size) => sum + Math.max(1, Math.ceil(size / messageOctets)), 0),
    );
  }
}

class Budget {
  readonly #what: string;
  readonly #whose: string;
  readonly #burst: Burst;
  readonly #quota: NetworkQuota;

  constructor(what: string, burst: Burst, clock: Clock, whose = "your network") {
    this.#what = what;
    this.#whose = whose;
    this.#burst = burst;
    this.#quota = new NetworkQuota(burst, clock);
  }

  take(network: string, purpose?: string, amount?: number): void {
    if (this.#quota.take(network, purpose, amount)) return;
    const { burst, everyMs } = this.#burst;
    const pause = everyMs < 1000 ? `${everyMs} ms` : `${Math.ceil(everyMs / 1000)} s`;
    throw new MeshError("ERR_QUOTA", `too many ${this.#what} from ${this.#whose}: ${burst} at once, then one every ${pause}`, {
      detail: { burst, everyMs },
    });
  }
}
