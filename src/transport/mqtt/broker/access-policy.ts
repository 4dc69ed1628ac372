/**
 * Who may do what at the broker of the hub. The broker asks; the policy holds the rules and no keys.
 * Devices (unknown or connected) get the topics of their own tag and nothing else: no wildcard, no retained message, no will, no session.
 * Clients of the owner get the topic filters they are given, never the topics of the device link.
 */
import type { Allowance } from "../guard/length-guard.ts";
import {
  downTopic,
  filterCovers,
  filterMatches,
  hailOfTag,
  hailTopic,
  hasWildcard,
  isDeviceTopic,
  tagHailTopic,
  upTopic,
  whoTopic,
} from "../topic.ts";

/** How a client is known: not at all, as a connected device, or as a client of the owner. */
export type Standing = "unknown" | "device" | "owner";

/** What a client says of itself in CONNECT. */
export interface ConnectRequest {
  readonly clientId: string;
  readonly username?: string;
  readonly password?: Uint8Array;
  readonly address: string;
  readonly clean: boolean;
  readonly hasWill: boolean;
}

/** A client that was let in, and its rights. */
export interface Principal {
  readonly standing: Standing;
  /** User name of a client of the owner; what it lets the broker retain is its own for as long as it may publish it. */
  readonly user?: string;
  readonly allowance: Allowance;
  /** What it may send instead once its link has proven that it is a device of the house. */
  readonly onceProven?: Allowance | undefined;
  mayPublish(topic: string, retain: boolean): boolean;
  maySubscribe(filter: string): boolean;
  /** Second gate, at each delivery: also covers retained messages and stored sessions. */
  mayReceive(topic: string): boolean;
}

/** Decides who is let in. */
export interface AccessPolicy {
  /** Rights of the client, or undefined to refuse it. */
  admit(request: ConnectRequest): Promise<Principal | undefined>;
  /** What a connection may send before it is known. */
  readonly beforeConnect: Allowance;
  /** Whether a message that this user let the broker retain may still be given out; without this, always. */
  mayRetain?(user: string, topic: string): boolean;
}

/** What the hub says of a login: `password` is absent for a client without one. */
export interface Credentials {
  /** Client id; for devices the tag, 24 hexadecimal digits. */
  readonly tag: string;
  readonly username?: string;
  readonly password?: Uint8Array;
  readonly address: string;
}

/** Rights of a client of the owner, as topic filters. */
export interface TopicRights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Topics that the filters have, and that are not its own all the same. */
  readonly except?: (topic: string) => boolean;
}

/** What the rules of extensions §9 need from the hub. */
export interface MeshAccessOptions {
  /** Judges a login; undefined refuses it. */
  readonly authenticate: (credentials: Credentials) => Promise<Standing | undefined>;
  /** Rights of an owner's client by its user name, asked at every message, so that a change holds at once; none by default. */
  readonly ownerRights?: (username: string) => TopicRights;
  readonly allowances?: Partial<Record<Standing, Allowance>>;
}

/** User name under which a connected device logs in. */
export const linkedUsername = "linked";

const kilobyte = 1024;

/** Quotas by standing; an unknown client stays at the size limit that holds before authentication. */
export const defaultAllowances: Record<Standing, Allowance> = {
  unknown: { maxPacket: 16 * kilobyte, packets: { perSecond: 50, burst: 300 }, octets: { perSecond: 64 * kilobyte, burst: 512 * kilobyte } },
  device: { maxPacket: 256 * kilobyte, packets: { perSecond: 500, burst: 2000 }, octets: { perSecond: 1024 * kilobyte, burst: 8192 * kilobyte } },
  // A bridge lists all its devices in one message.
  owner: { maxPacket: 1024 * kilobyte },
};

/** The access rules of the hub's broker. */
export function meshAccessPolicy(options: MeshAccessOptions): AccessPolicy {
  const allowances = { ...defaultAllowances, ...options.allowances };
  const rightsOf = (username: string): TopicRights => options.ownerRights?.(username) ?? noRights;
  return {
    mayRetain: (user, topic) => {
      const { publish, except } = rightsOf(user);
      return allows(publish, topic) && except?.(topic) !== true;
    },
    beforeConnect: { maxPacket: 16 * kilobyte, octets: { perSecond: 16 * kilobyte, burst: 128 * kilobyte } },
    async admit(request) {
      const { clientId: tag, username, password, address } = request;
      const standing = await options.authenticate({ tag, username, password, address });
      switch (standing) {
        case undefined:
          return undefined;
        case "owner":
          // A tag as client id would let an owner's client stand in the place of a device.
          if (username === undefined || hailOfTag(tag) !== undefined) return undefined;
          // Names stand in rights and topics of other systems: none may look like a filter there.
          if (namesFilter.test(tag) || namesFilter.test(username)) return undefined;
          return ownerPrincipal(username, () => rightsOf(username), allowances.owner);
        case "device":
          if (username !== linkedUsername || password === undefined) return undefined;
          return devicePrincipal(request, standing, allowances.device);
        case "unknown":
          if (username !== undefined) return undefined;
          return devicePrincipal(request, standing, allowances.unknown, allowances.device);
      }
    },
  };
}

function devicePrincipal(request: ConnectRequest, standing: Standing, allowance: Allowance, onceProven?: Allowance): Principal | undefined {
  const tag = request.clientId;
  if (hailOfTag(tag) === undefined || request.hasWill || !request.clean) return undefined;
  const up = upTopic(tag);
  const down = downTopic(tag);
  const ownHail = tagHailTopic(tag);
  return {
    standing,
    allowance,
    onceProven,
    mayPublish: (topic, retain) => !retain && (topic === up || topic === ownHail || topic === hailTopic),
    maySubscribe: (filter) => filter === down || filter === whoTopic,
    mayReceive: (topic) => topic === down || topic === whoTopic,
  };
}

function ownerPrincipal(user: string, rights: () => TopicRights, allowance: Allowance): Principal {
  const current = latest(rights);
  return {
    standing: "owner",
    user,
    allowance,
    mayReceive: (topic) => current().mayReceive(topic),
    mayPublish: (topic) => current().mayPublish(topic),
    maySubscribe: (filter) => (hasWildcard(filter) || isOpenTopic(filter)) && rights().subscribe.some((wide) => filterCovers(wide, filter)),
  };
}

interface Decisions {
  readonly rights: TopicRights;
  readonly mayReceive: (topic: string) => boolean;
  readonly mayPublish: (topic: string) => boolean;
}

/** Remembers decisions for as long as the rights stay the same. */
function latest(rights: () => TopicRights): () => Decisions {
  const decide = (given: TopicRights): Decisions => {
    // Copied: what was given may be changed in place.
    const [publish, subscribe] = [[...given.publish], [...given.subscribe]];
    const { except } = given;
    return {
      rights: { publish, subscribe, ...(except === undefined ? {} : { except }) },
      mayReceive: remember((topic) => allows(subscribe, topic) && except?.(topic) !== true),
      mayPublish: remember((topic) => allows(publish, topic) && except?.(topic) !== true),
    };
  };
  let decisions = decide(rights());
  return () => {
    const now = rights();
    const isSame = now.except === decisions.rights.except;
    if (!isSame || !sameFilters(now.publish, decisions.rights.publish) || !sameFilters(now.subscribe, decisions.rights.subscribe))
      decisions = decide(now);
    return decisions;
  };
}

const noRights: TopicRights = { publish: [], subscribe: [] };
const namesFilter = /[+#/]/;

function sameFilters(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((filter, index) => filter === b[index]);
}

function allows(filters: readonly string[], topic: string): boolean {
  return isOpenTopic(topic) && filters.some((filter) => filterMatches(filter, topic));
}

/** Topics that are neither the broker's own nor part of the device link. */
function isOpenTopic(topic: string): boolean {
  return !topic.startsWith("$") && !isDeviceTopic(topic);
}

const mostRemembered = 512;

/** Keeps answers for the topics in use, so that a right costs one look-up per message. */
function remember(decide: (topic: string) => boolean): (topic: string) => boolean {
  const answers = new Map<string, boolean>();
  return (topic) => {
    let answer = answers.get(topic);
    if (answer === undefined) {
      answer = decide(topic);
      if (answers.size >= mostRemembered) answers.clear();
      answers.set(topic, answer);
    }
    return answer;
  };
}
