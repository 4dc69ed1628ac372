/**
 * Alice writes to people at a service that lies about what it took: it answers twice, names somebody else, or never answers. Her service, bob's and the liar
 * are processes. Nothing that it says is believed, it is not asked without end, and bob is written to meanwhile.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { nodeWords } from "../kit/node-words.ts";
import { startServiceProcess } from "../kit/service-process.ts";

const ofBob = "bob@example.net";
const liars = ["twice", "other", "silent"] as const;
const at = (name: string): string => `dave@${name}.example`;

/** How long alice's service tries, and for how long it waits for one answer. */
const deliveryMs = 12_000;
const answerMs = 3000;

describe("a service that lies about what it took", (it) => {
  it(
    "is not believed: what it did not take as asked is told as undelivered, and others are written to meanwhile",
    async () => {
      const dir = tempDirectory();
      const liar = spawn(process.execPath, [...nodeWords("test/kit/lying-peer.ts"), join(dir, "liar"), `${await freePort()}`], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      onCleanup(() => void liar.kill("SIGKILL"));
      const lines = createInterface({ input: liar.stdout });
      const [url] = (await once(lines, "line")) as [string];
      const lies: string[] = [];
      lines.on("line", (line) => lies.push(line));
      const liesTo = (name: string): number => lies.filter((line) => line.endsWith(at(name))).length;

      const ports = { com: await freePort(), net: await freePort() };
      const urls = { com: `http://127.0.0.1:${ports.com}`, net: `http://127.0.0.1:${ports.net}` };
      const places = [`example.com=${urls.com}`, `example.net=${urls.net}`, ...liars.map((name) => `${name}.example=${url}`)];
      const peers = places.flatMap((place) => ["--peer", place]);
      for (const name of ["com", "net"] as const)
        await startServiceProcess([
          ...["--dir", join(dir, name), "--port", `${ports[name]}`, "--domain", `example.${name}`],
          ...places.filter((place) => !place.startsWith(`example.${name}=`)).flatMap((place) => ["--peer", place]),
          ...["--limit", "peerRetryMs=50", "peerRetryMostMs=400", `peerTimeoutMs=${answerMs}`, `deliveryMs=${deliveryMs}`],
        ]);
      const person = (name: string, service: string) => {
        const { run } = machine(join(dir, name), service);
        return async (...words: string[]) => {
          const { status, stdout, stderr } = await run([...peers, ...words, "--json"]);
          assert.is(status, 0, `${name}: ${words.join(" ")}: ${stdout}${stderr}`);
          return JSON.parse(stdout);
        };
      };
      const [alice, bob] = [person("alice", urls.com), person("bob", urls.net)];
      for (const name of liars) await person(name, url)("account", "create", at(name));
      await alice("account", "create", "alice@example.com");
      await bob("account", "create", ofBob);
      const fates = async (): Promise<ReadonlyMap<string, { delivery: string; errorCode?: string }>> =>
        new Map((await alice("message", "status")).messages.map((message: { recipient: string }) => [message.recipient, message]));

      for (const name of liars) assert.is((await alice("contact", "request", at(name))).outcome, "sent", "no more is said than is known");
      await eventually("it has lied to all", () => liars.every((name) => liesTo(name) > 0));
      await alice("contact", "request", ofBob);
      await eventually("bob has hers", async () =>
        (await bob("message", "pending")).pending.some(({ kind }: { kind: string }) => kind === "contact"),
      );
      const early = await fates();
      assert.is(early.get(ofBob)?.delivery, "Received");
      for (const name of liars)
        assert.not.ok(["Received", "Refused"].includes(early.get(at(name))?.delivery ?? ""), `${name}: ${JSON.stringify([...early])}`);

      // The end: told once, as what it is, with why.
      await eventually("all are told as undelivered", async () => {
        const now = await fates();
        return liars.every((name) => now.get(at(name))?.delivery === "Undelivered");
      });
      const ends = await fates();
      for (const name of liars) {
        assert.is(ends.get(at(name))?.errorCode, name === "silent" ? "ERR_SERVICE_UNREACHABLE" : "ERR_VERIFICATION", name);
        assert.ok(liesTo(name) <= deliveryMs / 50, `asked ${liesTo(name)} times`);
        assert.equal((await person(name, url)("message", "pending")).pending, [], `nothing came to ${name}`);
      }
      assert.not.ok((await alice("contact", "list")).contacts.some(({ standing }: { standing: string }) => standing === "contact"));
      const tried = lies.length;
      await alice("account", "sync");
      assert.is(lies.length, tried, "it is asked no more");
    },
    { timeoutMs: 200_000 },
  );
});
