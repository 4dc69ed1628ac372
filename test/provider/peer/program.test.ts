/** Two mesh-service processes: found by --peer and by the DNS, away for a while, killed, set up anew. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { assert, describe, onCleanup, skipUnless, tempDirectory } from "../../harness/suite.ts";
import { startDns } from "../../kit/dns.ts";
import { eventually } from "../../kit/eventually.ts";
import { freePort } from "../../kit/free-port.ts";
import { nodeWords } from "../../kit/node-words.ts";
import { Person } from "../../kit/service.ts";
import { serviceProgram, startServiceProcess } from "../../kit/service-process.ts";
import { contactFrom, fates, inbound, send } from "../../kit/two-services.ts";

const quick = ["--limit", "peerRetryMs=50", "peerRetryMostMs=400"];

function mesh(...args: string[]) {
  return spawnSync(process.execPath, [...serviceProgram, ...args], { encoding: "utf8" });
}

describe("provider: two programs", (it) => {
  it(
    "a message waits for a service that is away, over kills of both, and a service that was set up anew is refused until it is forgotten",
    async () => {
      const ports = { com: await freePort(), net: await freePort() };
      const [comDir, netDir] = [tempDirectory(), tempDirectory()];
      const com = (dir = comDir) =>
        startServiceProcess([
          "--dir",
          dir,
          "--port",
          `${ports.com}`,
          "--domain",
          "example.com",
          "--peer",
          `example.net=http://127.0.0.1:${ports.net}`,
          ...quick,
        ]);
      const net = (dir: string, peer: string) =>
        startServiceProcess(["--dir", dir, "--port", `${ports.net}`, "--domain", "example.net", "--peer", peer, ...quick]);
      let alices = await com();
      const pinned = `example.com=http://127.0.0.1:${ports.com}?udf=${alices.udf}`;
      let bobs = await net(netDir, pinned);
      const alice = await (await Person.meet("alice@example.com", alices.url)).bind();
      const bob = await (await Person.meet("bob@example.net", bobs.url)).bind();
      const messages = Array.from({ length: 4 }, () => contactFrom(alice));
      const ids = messages.map(({ header }) => header.EnvelopeId!);
      await send(alice, messages.slice(0, 1), [bob.address]);
      await eventually("it is there", async () => (await inbound(bob)).length === 1);
      await eventually("it is told", async () => (await fates(alice)).length === 1);
      assert.ok(alices.says("peer.pinned", "example.net", bobs.udf));
      assert.match(mesh("peer", "--dir", comDir).stdout, new RegExp(`example.net\\s+${bobs.udf}`));
      assert.is(mesh("peer", "list", "--dir", netDir).stdout, "", "what is configured is not pinned");

      await bobs.end("SIGKILL");
      await send(alice, messages.slice(1, 2), [bob.address]);
      await eventually("its service tries", () => alices.says("delivery.failed", "example.net"));
      await alices.end("SIGKILL");
      alices = await com();
      bobs = await net(netDir, pinned);
      await eventually("it is there after both died", async () => (await fates(alice)).length === 2);
      assert.equal(await inbound(bob), ids.slice(0, 2));

      await bobs.end("SIGTERM");
      const anew = await net(tempDirectory(), pinned);
      await send(alice, messages.slice(2, 3), [bob.address]);
      await eventually("another in its place is refused", () => alices.says("peer.refused"));
      assert.ok(alices.says("peer.refused", bobs.udf, anew.udf, "mesh-service peer forget example.net"), "both fingerprints, and what to do");
      assert.is((await fates(alice)).length, 2);
      const bobAnew = await (await Person.meet("bob@example.net", anew.url)).bind();
      const forgotten = mesh("peer", "forget", "EXAMPLE.net", "--dir", comDir);
      assert.is(forgotten.status, 0, forgotten.stderr);
      await eventually("the new one is met", async () => (await fates(alice)).length === 3);
      assert.equal(await inbound(bobAnew), ids.slice(2, 3));
      assert.is(mesh("peer", "forget", "example.org", "--dir", comDir).status, 66);

      // The sending service is another one now: what it posts is refused by name.
      await alices.end("SIGTERM");
      const thief = await com(tempDirectory());
      const mallet = await (await Person.meet("mallet@example.com", thief.url)).bind();
      await send(mallet, [contactFrom(mallet)], [bob.address]);
      await eventually("it is refused", () => thief.says("example.com has service", alices.udf, thief.udf, "mallet@example.com"));
      assert.equal(await inbound(bobAnew), ids.slice(2, 3));
    },
    { timeoutMs: 180_000 },
  );

  it(
    "finds the other by SRV and TXT over TLS, pins it, and refuses one that the TXT does not name",
    async () => {
      skipUnless(spawnSync("openssl", ["version"]).status === 0, "needs openssl");
      const dir = tempDirectory();
      const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
      const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days", "2"];
      execFileSync("openssl", ["req", "-x509", ...curve, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], { stdio: "ignore" });
      const ports = { com: await freePort(), net: await freePort() };
      const srv = Object.fromEntries(
        (["com", "net"] as const).map((name) => [`_mmm._tcp.example.${name}`, { host: "localhost", port: ports[name] }]),
      );
      const txt: Record<string, string[]> = { "_mmm._tcp.example.net": ["udf=MAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"] };
      const dns = await startDns({ srv, txt });
      const run = (name: "com" | "net") =>
        startServiceProcess(
          [
            ...["--dir", join(dir, name), "--port", `${ports[name]}`, "--host", "localhost", "--domain", `example.${name}`],
            ...["--resolver", dns.address, "--tls-cert", cert, "--tls-key", key, ...quick, "lookupBurst=1000", "lookupEveryMs=1"],
          ],
          { NODE_EXTRA_CA_CERTS: cert },
        );
      const alices = await run("com");
      const bobs = await run("net");
      const people = spawn(
        process.execPath,
        [...nodeWords("test/provider/peer/people-child.ts"), `https://localhost:${ports.com}`, `https://localhost:${ports.net}`],
        {
          stdio: ["pipe", "pipe", "inherit"],
          env: { ...process.env, NODE_EXTRA_CA_CERTS: cert },
        },
      );
      onCleanup(() => void people.kill("SIGKILL"));
      const [said] = (await once(people.stdout, "data")) as [Buffer];
      assert.is(said.toString(), "sent\n");
      await eventually("the TXT names another", () => alices.says("the DNS says that example.net has service MAAA-", bobs.udf));
      txt["_mmm._tcp.example.net"] = [`udf=${bobs.udf}`];
      const [then] = (await once(people.stdout, "data")) as [Buffer];
      assert.is(then.toString(), "received\n");
      assert.ok(alices.says("peer.pinned", "example.net", bobs.udf));
      assert.ok(bobs.says("peer.pinned", "example.com", alices.udf));
    },
    { timeoutMs: 120_000 },
  );

  it(
    "says what is wrong with its peers",
    () => {
      const dir = tempDirectory();
      for (const [args, words] of [
        [["--peer", "example.net"], /no domain with a URL/],
        [["--peer", "example.net=ftp://example.net"], /not an http or https URL/],
        [["--peer", "example.net=http://a?udf=x%20y!"], /no fingerprint/],
        [["--domain", "example.net", "--peer", "example.net=http://a"], /a domain of this service and of a peer/],
        [["--peer", "example.net=http://a", "example.net=http://b"], /two peers/],
        [["--resolver", "127.0.0.1"], /--resolver is for discovery/],
        [["--domain", "example.com", "--resolver", "dns.example"], /not the address of a DNS server/],
      ] as const) {
        const wrong = mesh("--dir", dir, "--port", "0", ...args);
        assert.is(wrong.status, 2, `${args.join(" ")}: ${wrong.stderr}`);
        assert.match(wrong.stderr, words);
      }
    },
    { timeoutMs: 120_000 },
  );
});
