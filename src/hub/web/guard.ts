/**
 * What every request over the web has to pass: the name that it was sent to is one of this hub's, since any page in the Internet may let its own name
 * point into the house (DNS rebinding), and what changes something comes from the hub's own page or with a token. And what every answer says.
 */
import { isIP } from "node:net";
import { MeshError } from "../../base/errors.ts";

/** Nothing but the page's own files; no inline script, no string becomes script or markup. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Headers of every answer. @param microphone whether the page may ask for it: where nobody hears it, it has no use */
export function securityHeaders({ microphone }: { readonly microphone: boolean }): Readonly<Record<string, string>> {
  return {
    "content-security-policy": policy,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": `camera=(self), microphone=(${microphone ? "self" : ""}), geolocation=(), payment=(), usb=()`,
  };
}

/** The name in a Host header, without its port; undefined for what is none. */
export function hostName(header: string | undefined): string | undefined {
  const [, bracketed, plain] = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9.-]{1,253}))(?::\d{1,5})?$/.exec(header ?? "") ?? [];
  return bracketed ?? plain?.toLowerCase().replace(/\.$/, "");
}

/** Refuses a request that was sent to a name which is not this hub's: an address, localhost, or one that is configured. ERR_REJECTED. */
export function checkHost(header: string | undefined, names: readonly string[]): void {
  const name = hostName(header);
  if (name !== undefined && (isIP(name) !== 0 || name === "localhost" || names.includes(name))) return;
  throw new MeshError("ERR_REJECTED", `this hub does not answer to the name ${JSON.stringify((header ?? "").slice(0, 64))}`, {
    hint: "open it by its address, or add the name to web.names in the configuration",
  });
}

/** Refuses what another site's page sent. A browser names the origin of whatever may change something. ERR_REJECTED. */
export function checkOrigin(options: {
  readonly method: string;
  readonly origin: string | undefined;
  /** What the browser says of it: same-origin, same-site, cross-site, none. */
  readonly site: string | undefined;
  readonly host: string | undefined;
  readonly scheme: "http" | "https";
  /** It came with a cookie, which a browser adds whoever asks. */
  readonly byCookie: boolean;
}): void {
  const { method, origin, site, host, scheme, byCookie } = options;
  const isOwn = origin === `${scheme}://${host}`;
  const isForeign = (origin !== undefined && !isOwn) || (byCookie && site !== undefined && site !== "same-origin" && site !== "none");
  const isUnnamed = byCookie && method !== "GET" && !isOwn;
  if (!isForeign && !isUnnamed) return;
  throw new MeshError("ERR_REJECTED", `a page of ${JSON.stringify((origin ?? "another site").slice(0, 64))} may not speak to this hub`, {
    hint: "use the hub's own page, or a token ('mesh-hub token add') from a program",
  });
}
