/**
 * X.509 certificates (RFC 5280) of one kind: an authority of a hub, which may speak for that hub's names and for private addresses and for nothing else,
 * and the certificates that it issues for the hub's server. P-256 with SHA-256, which every browser takes. Whoever trusts such an authority trusts it with
 * nothing but this hub.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import { concat, utf8 } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import { bitString, boolean, explicit, implicit, integer, octetString, oid, sequence, set, time, utf8String } from "./der.ts";

/** A certificate with its private key, both PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

/** What goes into every certificate. */
interface Validity {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly days: number;
  readonly random: Random;
}

/** An authority of a hub. */
export interface AuthorityOptions extends Validity {
  readonly commonName: string;
  /** DNS names that it may certify, with all below them. */
  readonly names: readonly string[];
}

/** A certificate of a server. */
export interface ServerOptions extends Validity {
  readonly names: readonly string[];
  /** IPv4 and IPv6 addresses. */
  readonly addresses: readonly string[];
}

const day = 86_400_000;
const ecdsaSha256 = sequence(oid("1.2.840.10045.4.3.2"));
const serverAuth = sequence(oid("1.3.6.1.5.5.7.3.1"));
/** Addresses that no certificate of the Internet is for: address and mask. RFC 1918, 3927, 4193, 4291. */
const privateRanges: readonly (readonly [address: string, mask: string])[] = [
  ["10.0.0.0", "255.0.0.0"],
  ["172.16.0.0", "255.240.0.0"],
  ["192.168.0.0", "255.255.0.0"],
  ["127.0.0.0", "255.0.0.0"],
  ["169.254.0.0", "255.255.0.0"],
  ["fc00::", "fe00::"],
  ["fe80::", "ffc0::"],
  ["::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
];

/** Makes an authority that certifies servers of the names given and of private addresses, and no further authority. */
export function makeAuthority({ commonName, names, from, days, random }: AuthorityOptions): CertifiedKey {
  const key = newKey();
  const permitted = [
    ...names.map((name) => implicit(2, utf8(name))),
    ...privateRanges.map(([address, mask]) => implicit(7, concat(addressOctets(address), addressOctets(mask)))),
  ];
  return {
    key: key.pem,
    certificate: issue({
      subject: commonName,
      issuer: commonName,
      publicKey: key.spki,
      signer: key.pem,
      validity: { from, days, random },
      extensions: [
        extension("2.5.29.19", sequence(boolean(true), integer(Uint8Array.of(0))), true),
        // keyCertSign alone.
        extension("2.5.29.15", bitString(Uint8Array.of(0x04), 2), true),
        extension("2.5.29.30", sequence(explicit(0, ...permitted.map((base) => sequence(base)))), true),
        extension("2.5.29.37", serverAuth),
        extension("2.5.29.14", octetString(keyId(key.spki))),
      ],
    }),
  };
}

/** Issues a certificate of a server with a fresh key. The names have to be among those of the authority, or browsers refuse it. */
export function issueServer(authority: CertifiedKey, { names, addresses, from, days, random }: ServerOptions): CertifiedKey {
  const key = newKey();
  const issuer = commonNameOf(authority.certificate);
  const alternatives = [...names.map((name) => implicit(2, utf8(name))), ...addresses.map((address) => implicit(7, addressOctets(address)))];
  return {
    key: key.pem,
    certificate: issue({
      subject: names[0] ?? addresses[0] ?? issuer,
      issuer,
      publicKey: key.spki,
      signer: authority.key,
      validity: { from, days, random },
      extensions: [
        extension("2.5.29.19", sequence(), true),
        // digitalSignature alone.
        extension("2.5.29.15", bitString(Uint8Array.of(0x80), 7), true),
        extension("2.5.29.37", serverAuth),
        extension("2.5.29.17", sequence(...alternatives)),
        extension("2.5.29.14", octetString(keyId(key.spki))),
        extension("2.5.29.35", sequence(implicit(0, keyId(spkiOf(authority.key))))),
      ],
    }),
  };
}

/** SHA-256 of a certificate in PEM, as programs show it: pairs of hexadecimal digits with colons. */
export function certificateFingerprint(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256;
}

/** Octets of a certificate in PEM, as phones take it. */
export function certificateOctets(certificate: string): Uint8Array {
  return new Uint8Array(new X509Certificate(certificate).raw);
}

/** What a certificate in PEM says of itself; undefined when it is none. Times in milliseconds since 1970. */
export function readCertificate(
  certificate: string,
): { readonly from: number; readonly until: number; readonly isFor: (host: string) => boolean } | undefined {
  try {
    const read = new X509Certificate(certificate);
    const isFor = (host: string): boolean => (isIP(host) === 0 ? read.checkHost(host) : read.checkIP(host)) !== undefined;
    return { from: Date.parse(read.validFrom), until: Date.parse(read.validTo), isFor };
  } catch {
    return undefined;
  }
}

/** Whether an authority, in PEM, has signed a certificate in PEM. */
export function isIssuedBy(certificate: string, authority: string): boolean {
  return new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey);
}

function issue(options: {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: Uint8Array;
  readonly signer: string;
  readonly validity: Validity;
  readonly extensions: readonly Uint8Array[];
}): string {
  const { subject, issuer, publicKey, signer, validity, extensions } = options;
  const { from, days, random } = validity;
  const body = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    // 128 random bits, above zero (RFC 5280 §4.1.2.2).
    integer(concat(Uint8Array.of(1), random.bytes(16))),
    ecdsaSha256,
    name(issuer),
    sequence(time(from), time(from + days * day)),
    name(subject),
    publicKey,
    explicit(3, sequence(...extensions)),
  );
  const signature = sign("sha256", body, createPrivateKey(signer));
  return toPem("CERTIFICATE", sequence(body, ecdsaSha256, bitString(new Uint8Array(signature))));
}

function extension(id: string, value: Uint8Array, isCritical = false): Uint8Array {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octetString(value));
}

function name(commonName: string): Uint8Array {
  return sequence(set(sequence(oid("2.5.4.3"), utf8String(commonName))));
}

function newKey(): { readonly pem: string; readonly spki: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    pem: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    spki: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
  };
}

function spkiOf(key: string): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
}

/** The first 160 bits of a digest of the key (RFC 7093 §2). */
function keyId(spki: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(spki).digest().subarray(0, 20));
}

function commonNameOf(certificate: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? "";
}

function toPem(label: string, octets: Uint8Array): string {
  const text = Buffer.from(octets).toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
}

/** Octets of an address in text. */
function addressOctets(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const groups = (text: string): number[] => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const all = tail === undefined ? before : [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
