/**
 * The certificate of the hub's page. Unless the owner has one of his own, the hub is its own authority, for its own name and private addresses alone; whoever
 * trusts that, having compared its fingerprint over `mesh-hub open`, trusts it with nothing else. The server's certificate is issued anew before it is over
 * and when the machine has another address. Directory: web/ (0700), files 0600.
 */
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isPlausibleTime } from "../../base/clock.ts";
import { makeDirectory } from "../../base/directory.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { CertifiedKey } from "../../crypto/index.ts";
import { certificateFingerprint, isIssuedBy, issueServer, makeAuthority, readCertificate } from "../../crypto/index.ts";

const day = 86_400_000;
const authorityDays = 3650;
/** Browsers take no more from an authority of the Internet, and it does no harm to keep to it. */
const serverDays = 397;
const renewDays = 30;
/** A clock that is behind by a day is no reason to refuse. */
const slack = day;

/** What certificates are made of. */
export interface CertificatesOptions {
  readonly stateDir: string;
  readonly hubUdf: string;
  /** Files of the owner's own certificate and key. */
  readonly own?: { readonly certificate: string; readonly key: string } | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Addresses of the machine; those that it has when absent. */
  readonly addresses?: (() => readonly string[]) | undefined;
}

/** What the server shows. */
export interface ServerCertificate extends CertifiedKey {
  /** PEM of the hub's authority; undefined with the owner's own certificate. */
  readonly authority?: string;
  /** SHA-256 of the authority, or of the owner's own certificate. */
  readonly fingerprint: string;
}

/** The name of a hub in its house. */
export function hubName(hubUdf: string): string {
  return `hub-${hubUdf.slice(0, 9).toLowerCase()}.local`;
}

/** The certificate to use from now on; made or renewed if need be. Errors: ERR_CONFIG for an own certificate that is no good, ERR_STORE... */
export async function serverCertificate(options: CertificatesOptions): Promise<ServerCertificate> {
  return options.own ? ownCertificate(options.own) : issuedCertificate(options);
}

async function ownCertificate(own: { readonly certificate: string; readonly key: string }): Promise<ServerCertificate> {
  const [certificate, key] = await Promise.all([own.certificate, own.key].map((path) => readFileIfExists(path)));
  if (!certificate || !key) throw new MeshError("ERR_CONFIG", `web.tls: no file ${certificate ? own.key : own.certificate}`);
  const text = Buffer.from(certificate).toString();
  if (!readCertificate(text)) throw new MeshError("ERR_CONFIG", `web.tls.certificate: ${own.certificate} is no certificate in PEM`);
  return { certificate: text, key: Buffer.from(key).toString(), fingerprint: certificateFingerprint(text) };
}

async function issuedCertificate({ stateDir, hubUdf, clock, random, addresses = privateAddresses }: CertificatesOptions): Promise<ServerCertificate> {
  const dir = join(stateDir, "web");
  await makeDirectory(dir);
  const name = hubName(hubUdf);
  // Without a clock a certificate made now would not be good yet when the time is known: one of the day of this program's making would be over.
  const now = clock.now();
  if (!isPlausibleTime(now)) throw new MeshError("ERR_BUSY", "the time is not known yet: the page's certificate is made when it is");
  const authority =
    (await readPair(dir, "authority", (found) => found.until - now > serverDays * day)) ??
    (await writePair(
      dir,
      "authority",
      makeAuthority({ commonName: `Mesh hub ${name}`, names: [name], from: now - slack, days: authorityDays, random }),
    ));
  const wanted = [name, ...addresses()];
  const isGood = ({ from, until, isFor }: NonNullable<ReturnType<typeof readCertificate>>): boolean =>
    from <= now && until - now > renewDays * day && wanted.every(isFor);
  const kept = await readPair(dir, "server", isGood);
  const server =
    (kept && isIssuedBy(kept.certificate, authority.certificate) ? kept : undefined) ??
    (await writePair(dir, "server", issueServer(authority, { names: [name], addresses: addresses(), from: now - slack, days: serverDays, random })));
  return { ...server, authority: authority.certificate, fingerprint: certificateFingerprint(authority.certificate) };
}

async function readPair(
  dir: string,
  name: string,
  isGood: (found: NonNullable<ReturnType<typeof readCertificate>>) => boolean,
): Promise<CertifiedKey | undefined> {
  const octets = await readFileIfExists(join(dir, `${name}.json`));
  if (!octets) return undefined;
  try {
    const { certificate, key } = JSON.parse(fromUtf8(octets)) as Partial<CertifiedKey>;
    const found = typeof certificate === "string" && typeof key === "string" ? readCertificate(certificate) : undefined;
    return found && isGood(found) ? { certificate: certificate as string, key: key as string } : undefined;
  } catch {
    // What a damaged disk left is made anew: nothing else depends on it but the trust of browsers, which asks again.
    return undefined;
  }
}

/** One file, so that certificate and key are of each other whatever happens. */
async function writePair(dir: string, name: string, pair: CertifiedKey): Promise<CertifiedKey> {
  await writeFileAtomic(join(dir, `${name}.json`), utf8(JSON.stringify(pair)));
  return pair;
}

function privateAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address));
  return [...new Set(all.filter((address) => /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|127\.|169\.254\.|::1$|f[cd])/i.test(address)))].slice(
    0,
    16,
  );
}
