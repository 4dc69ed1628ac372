/** Certificates of a hub's own authority, judged by openssl: what they are for is taken, and nothing else, however it is asked. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemRandom } from "../../src/base/random.ts";
import type { CertifiedKey } from "../../src/crypto/index.ts";
import { certificateFingerprint, issueServer, makeAuthority, readCertificate } from "../../src/crypto/index.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";

const from = Date.parse("2026-05-01T12:00:00Z");
const authority = makeAuthority({
  commonName: "Mesh hub hub-maaa-bbbb.local",
  names: ["hub-maaa-bbbb.local"],
  from,
  days: 3650,
  random: systemRandom,
});
const at = Math.floor(from / 1000) + 86_400;

function openssl(words: readonly string[]): string {
  skipUnless(spawnSync("openssl", ["version"]).status === 0, "needs openssl");
  const { stdout, stderr } = spawnSync("openssl", words, { encoding: "utf8" });
  return `${stdout}${stderr}`;
}

/** What openssl says of a server's certificate under the authority, as a browser asks. */
function judge(server: CertifiedKey, asked: readonly string[], options: { readonly chain?: CertifiedKey; readonly time?: number } = {}): string {
  const dir = tempDirectory();
  const write = (name: string, { certificate }: CertifiedKey): string => {
    writeFileSync(join(dir, name), certificate);
    return join(dir, name);
  };
  const between = options.chain ? ["-untrusted", write("chain.pem", options.chain)] : [];
  return openssl([
    "verify",
    "-x509_strict",
    "-purpose",
    "sslserver",
    "-attime",
    String(options.time ?? at),
    "-CAfile",
    write("ca.pem", authority),
    ...between,
    ...asked,
    write("server.pem", server),
  ]);
}

const serverFor = (names: readonly string[], addresses: readonly string[] = [], signer = authority): CertifiedKey =>
  issueServer(signer, { names, addresses, from, days: 397, random: systemRandom });

describe("certificates of a hub", (it) => {
  it("are taken for the hub's name and its private addresses", () => {
    const addresses = ["192.168.1.7", "10.0.0.1", "172.31.255.254", "127.0.0.1", "169.254.3.4", "fd00::12:1", "fe80::1", "::1"];
    const server = serverFor(["hub-maaa-bbbb.local"], addresses);
    assert.match(judge(server, ["-verify_hostname", "hub-maaa-bbbb.local"]), /server\.pem: OK/);
    for (const address of addresses) assert.match(judge(server, ["-verify_ip", address]), /server\.pem: OK/, address);
    assert.match(judge(server, ["-verify_hostname", "hub-cccc-dddd.local"]), /hostname mismatch/);
    assert.match(judge(server, ["-verify_ip", "192.168.1.8"]), /IP address mismatch/);
  });

  it("are refused for every other name and for addresses of the Internet, although the authority signed them", () => {
    for (const name of ["example.com", "local", "hub-cccc-dddd.local", "hub-maaa-bbbb.local.example.com", "xhub-maaa-bbbb.local"])
      assert.match(judge(serverFor([name]), ["-verify_hostname", name]), /permitted subtree violation/, name);
    for (const address of ["8.8.8.8", "172.32.0.1", "192.169.0.1", "11.0.0.1", "2001:db8::1", "::2"])
      assert.match(judge(serverFor([], [address]), ["-verify_ip", address]), /permitted subtree violation/, address);
  });

  it("let nobody be an authority below it", () => {
    const middle = serverFor(["hub-maaa-bbbb.local"]);
    const below = serverFor(["hub-maaa-bbbb.local"], [], middle);
    assert.match(judge(below, [], { chain: middle }), /invalid CA certificate|path length|error/i);
    assert.not.match(judge(below, [], { chain: middle }), /: OK/);
  });

  it("are over after 397 days, and each has a number of its own", () => {
    const server = serverFor(["hub-maaa-bbbb.local"]);
    assert.match(judge(server, [], { time: at + 395 * 86_400 }), /: OK/);
    assert.match(judge(server, [], { time: at + 398 * 86_400 }), /certificate has expired/);
    assert.match(judge(server, [], { time: at - 2 * 86_400 }), /not yet valid/);
    assert.is.not(certificateFingerprint(server.certificate), certificateFingerprint(serverFor(["hub-maaa-bbbb.local"]).certificate));
    const read = readCertificate(server.certificate);
    assert.equal([read?.from, read?.until], [from, from + 397 * 86_400_000]);
    assert.ok(read?.isFor("hub-maaa-bbbb.local"));
    assert.not.ok(read?.isFor("hub-maaa-cccc.local"));
    assert.is(readCertificate("no certificate"), undefined);
  });

  it("say in words that it is critical what they may be used for", () => {
    const dir = tempDirectory();
    writeFileSync(join(dir, "ca.pem"), authority.certificate);
    const text = openssl(["x509", "-in", join(dir, "ca.pem"), "-noout", "-text"]);
    for (const line of [
      /X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0/,
      /X509v3 Name Constraints: critical\s+Permitted:/,
      /X509v3 Key Usage: critical\s+Certificate Sign\n/,
      /DNS:hub-maaa-bbbb\.local/,
    ])
      assert.match(text, line);
    const late = makeAuthority({
      commonName: "late",
      names: ["x.local"],
      from: Date.parse("2049-12-01T00:00:00Z"),
      days: 3650,
      random: systemRandom,
    });
    assert.is(readCertificate(late.certificate)?.until, Date.parse("2049-12-01T00:00:00Z") + 3650 * 86_400_000);
  });
});
