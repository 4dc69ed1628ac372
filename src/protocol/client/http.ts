/** One HTTP exchange with a service: octets there, octets back, every failure of the network as ERR_SERVICE_UNREACHABLE. */
import { isMeshError, MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import { Response as MeshResponse } from "../message/index.ts";
import { servicePaths } from "../session/index.ts";

/** The part of the fetch interface that is used; tests give their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const contentType = { json: "application/json", packet: "application/octet-stream" } as const;

/** Most octets of an answer. A page of a Download is far below. */
const maxAnswerOctets = 8 * 1024 * 1024;
/** The same before there is a session: anybody may answer then, and what he says is read. */
export const maxUnsealedOctets = 256 * 1024;

/** Where a service's transactions go: the URL itself when it has a path, else the well-known one. */
export function endpointOf(url: string): string {
  if (!URL.canParse(url)) throw new MeshError("ERR_USAGE", `not a URL: ${JSON.stringify(url)}`);
  const parsed = new URL(url);
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") throw new MeshError("ERR_USAGE", `not an http or https URL: ${url}`);
  return parsed.pathname === "/" ? new URL(servicePaths[0], parsed).href : parsed.href;
}

/**
 * Posts a body and gives the answer's octets.
 * Errors: ERR_SERVICE_UNREACHABLE (no answer, busy, an answer without end), ERR_TOO_LARGE, ERR_SERVICE_REFUSED; the signal's reason when the caller gave up.
 */
export async function exchange(options: {
  readonly endpoint: string;
  readonly kind: keyof typeof contentType;
  readonly body: Uint8Array;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  /** Most octets of the answer; 8 MB unless given. */
  readonly answerOctets?: number;
  readonly signal?: AbortSignal;
}): Promise<Uint8Array> {
  const { endpoint, kind, body, timeoutMs, answerOctets = maxAnswerOctets, signal } = options;
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await options.fetch(endpoint, {
      method: "POST",
      headers: { "content-type": contentType[kind] },
      body: new Uint8Array(body),
      redirect: "error",
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    const octets = await readBounded(answer, answer.ok ? answerOctets : Math.min(answerOctets, maxUnsealedOctets));
    if (answer.ok) return octets;
    throw refusal(endpoint, answer.status, octets);
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (isMeshError(cause)) throw cause;
    const reason = limit.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(cause);
    const isUnknown = /ENOTFOUND|EAI_AGAIN/.test(reason);
    throw new MeshError("ERR_SERVICE_UNREACHABLE", `cannot reach the service at ${endpoint}: ${reason}`, {
      ...(isUnknown ? { hint: "say where the service is: --service URL for your own, --peer DOMAIN=URL for that of another domain" } : {}),
      cause,
    });
  }
}

async function readBounded(answer: Response, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > most) throw new MeshError("ERR_SERVICE_UNREACHABLE", `what answered is not the service: it has more than ${most} octets`);
    parts.push(part);
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Nobody vouches for such an answer, so it says no more than that something was refused. */
function refusal(endpoint: string, status: number, octets: Uint8Array): MeshError {
  const said = describe(octets);
  const text = `${endpoint} answered ${status}${said === undefined ? "" : `: ${said}`}`;
  if (status === 413) return new MeshError("ERR_TOO_LARGE", text);
  if (status === 429 || status === 502 || status === 503 || status === 504) return new MeshError("ERR_SERVICE_UNREACHABLE", text);
  return new MeshError("ERR_SERVICE_REFUSED", text, { detail: { status } });
}

function describe(octets: Uint8Array): string | undefined {
  try {
    return decodeObject(MeshResponse, octets).StatusDescription?.slice(0, 200);
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = (inner as NodeJS.ErrnoException | undefined)?.code;
  return code ?? (inner instanceof Error ? inner.message : String(inner));
}
