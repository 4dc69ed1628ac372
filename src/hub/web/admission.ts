/**
 * Who asks over the web, and what of the interface they may reach: whose secret a request shows, how often it comes, which site it was sent from, and
 * whether its holder has the right to the operation. Over plain HTTP that leaves the machine nobody is let in: whoever listens would have the secret.
 */
import type { Context, MiddlewareHandler } from "hono";
import { operations } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { NetworkQuota } from "../../base/crowd/network-quota.ts";
import { MeshError } from "../../base/errors.ts";
import type { Principal } from "../command/principal.ts";
import type { HubFacade } from "../routes/facade.ts";
import { isEncrypted, isPrivate, originOf } from "./caller.ts";
import type { Credential, CredentialBook } from "./credential-book.ts";
import { webPrincipal } from "./credential-book.ts";
import { checkHost, checkOrigin } from "./guard.ts";
import { metricsPath } from "./metrics.ts";
import { sessionSecret } from "./session-cookie.ts";
import { StrangerPace } from "./stranger-pace.ts";

/** What decides. */
export interface AdmissionOptions {
  readonly hub: HubFacade;
  readonly book: CredentialBook;
  /** Whoever shows the token of a grant of the account; absent where there are none. */
  readonly bearer?: (token: string) => Principal | undefined;
  /** Names, beside addresses and localhost, that the hub is reached by. */
  readonly names: readonly string[];
  readonly clock: Clock;
}

/** Wrong secrets of one network: a person who mistypes has enough, who guesses 256 bits gets nowhere. */
const wrongSecrets = { burst: 10, everyMs: 6000 };
/** Requests with one credential: more than a page makes whose slider is dragged. */
const requests = { burst: 240, everyMs: 25 };

/** What may be asked without a secret: it gives one. */
const ways: readonly string[] = [operations.signIn, operations.passkeyChallenge, operations.passkeySignIn].map(({ path }) => path);

/** Who is let in. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #callers = new WeakMap<Request, Credential>();
  /** Holders of grants: looked up with each request, so that one that was taken back counts no more. */
  readonly #holders = new WeakMap<Credential, Principal>();
  readonly #wrong: NetworkQuota;
  readonly #paces: NetworkQuota;
  readonly #strangers: StrangerPace;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#wrong = new NetworkQuota(wrongSecrets, options.clock);
    this.#paces = new NetworkQuota(requests, options.clock);
    this.#strangers = new StrangerPace(options.clock);
  }

  /** Before everything: whose secret a request shows. */
  readonly recognise: MiddlewareHandler = async (c, next) => {
    const { token, cookie } = secretsOf(c);
    const secret = token ?? cookie;
    const found = secret === undefined || !isPrivate(c) ? undefined : (this.#options.book.find(secret) ?? this.#holderOf(token));
    if (found) this.#callers.set(c.req.raw, found);
    // Only who has no secret that counts is held against the others: a flood of strangers keeps nobody out who has one.
    const refused = found ? undefined : this.#strangers.refusal(originOf(c), isSigningIn(c) ? "sign-in" : "look");
    if (refused) {
      c.header("retry-after", String(refused.seconds));
      throw refused.error;
    }
    checkHost(c.req.header("host"), this.#options.names);
    await next();
  };

  /** Before what is nobody's but the house's: refuses who has no right to it. */
  readonly guard: MiddlewareHandler = async (c, next) => {
    c.header("cache-control", "no-store");
    const { token, cookie } = secretsOf(c);
    checkOrigin({ ...originParts(c), method: c.req.method, byCookie: cookie !== undefined && token === undefined });
    if (!isPrivate(c)) {
      throw new MeshError("ERR_NOT_AUTHORIZED", "nobody is let in over plain HTTP", {
        hint: "use the address with https, or the machine's own browser; a proxy has to speak to the hub over HTTPS",
      });
    }
    if ((token ?? cookie) !== undefined && this.find(c) === undefined) this.refuseGuessing(c);
    if (!isSigningIn(c)) this.#checkRight(c, this.#paced(c));
    await next();
  };

  /** Whoever asks; undefined for who shows no secret that counts. */
  find(c: Context): Credential | undefined {
    return this.#callers.get(c.req.raw);
  }

  /** Whoever asks, behind the guard. */
  callerOf(c: Context): Credential {
    return this.find(c) ?? refuseUnknown();
  }

  /** Whether whoever asks holds a grant of the account. */
  isHolder(caller: Credential): boolean {
    return this.#holders.has(caller);
  }

  /** The hub with the rights of whoever asks. */
  hubOf(c: Context): HubFacade {
    return this.#hubAs(this.callerOf(c));
  }

  /** What signs in is not let in by a cookie of before: it has to come from the hub's own page all the same. */
  checkOwn(c: Context): void {
    checkOrigin({ ...originParts(c), method: "POST", byCookie: true });
  }

  /** Counts a wrong secret against where it came from. ERR_QUOTA. */
  refuseGuessing(c: Context): void {
    const { address } = originOf(c);
    if (this.#wrong.take(address)) return;
    throw new MeshError("ERR_QUOTA", `more than ${wrongSecrets.burst} wrong links or tokens from ${address}`, {
      hint: `wait ${wrongSecrets.everyMs / 1000} s`,
    });
  }

  #holderOf(token: string | undefined): Credential | undefined {
    const principal = token === undefined ? undefined : this.#options.bearer?.(token);
    if (!principal) return undefined;
    const holder: Credential = { id: principal.id, kind: "token", name: principal.name, digest: "", rights: [], created: 0 };
    this.#holders.set(holder, principal);
    return holder;
  }

  #hubAs(caller: Credential): HubFacade {
    return this.#options.hub.as(this.#holders.get(caller) ?? webPrincipal(caller));
  }

  #paced(c: Context): Credential {
    const caller = this.callerOf(c);
    if (!this.#paces.take(caller.id)) {
      throw new MeshError("ERR_QUOTA", `more than ${1000 / requests.everyMs} requests a second with one token or page`, {
        hint: "ask less often: /v1/events tells what changes",
      });
    }
    return caller;
  }

  #checkRight(c: Context, caller: Credential): void {
    // HEAD is answered by what answers GET.
    const wanted = c.req.method === "HEAD" ? "GET" : c.req.method;
    const asked =
      c.req.path === metricsPath
        ? ({ right: "read" } as const)
        : Object.values(operations).find(({ method, path }) => method === wanted && path === c.req.path);
    if (asked === undefined || asked.right === "machine" || asked.right === "sign-in") return;
    if (!this.#hubAs(caller).has(asked.right)) {
      throw new MeshError("ERR_NOT_AUTHORIZED", `${caller.kind} ${caller.name} lacks the right to ${asked.right}`, {
        hint: "'mesh-hub token add' makes one with more rights",
      });
    }
  }
}

function refuseUnknown(): never {
  throw new MeshError("ERR_NOT_AUTHORIZED", "sign in first", {
    hint: "'mesh-hub open' on the hub prints a link; programs use a token: 'mesh-hub token add'",
  });
}

/** What a request comes with to show whose it is. */
function secretsOf(c: Context): { readonly token: string | undefined; readonly cookie: string | undefined } {
  return { token: /^Bearer ([A-Za-z0-9_-]{1,128})$/.exec(c.req.header("authorization") ?? "")?.[1], cookie: sessionSecret(c) };
}

function isSigningIn(c: Context): boolean {
  return ways.includes(c.req.path) && c.req.method === "POST";
}

function originParts(c: Context) {
  return {
    origin: c.req.header("origin"),
    site: c.req.header("sec-fetch-site"),
    host: c.req.header("host"),
    scheme: isEncrypted(c) ? ("https" as const) : ("http" as const),
  };
}
