/**
 * Alice's laptop is stolen: mallet has its whole disk, and the whole disk of her service as it is afterwards. Two services and every command are
 * processes of their own: alice with a desk and a second administration machine at example.com, where carol is, too; bob at example.net. Machines are
 * removed by two administrators at once, one of them is removed in the middle of its own work, and a command is killed at its first word.
 */
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { AccountContext } from "../../src/account/index.ts";
import type { AgreeingKey } from "../../src/crypto/index.ts";
import { exchangeSeed, openEnvelope, parseEnvelope, SequenceFile } from "../../src/dare/index.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import { ports } from "../kit/household.ts";
import { runProgram, startProgram } from "../kit/program.ts";
import { startServiceProcess } from "../kit/service-process.ts";

describe("a laptop that is removed", (it) => {
  it(
    "opens nothing that was written after it, with its own disk and the service's; two administrators at once, one removed in its own work",
    async () => {
      const dir = tempDirectory();
      const port = { com: await freePort(), net: await freePort() };
      const urls = { com: `http://127.0.0.1:${port.com}`, net: `http://127.0.0.1:${port.net}` };
      const disk = { com: join(dir, "service.com"), net: join(dir, "service.net") };
      await startServiceProcess(["--dir", disk.com, "--port", `${port.com}`, "--domain", "example.com", "--peer", `example.net=${urls.net}`]);
      await startServiceProcess(["--dir", disk.net, "--port", `${port.net}`, "--domain", "example.net", "--peer", `example.com=${urls.com}`]);
      const peers = ["--peer", `example.com=${urls.com}`, "--peer", `example.net=${urls.net}`];
      const home = (name: string): string => join(dir, name);
      const run = (name: string, ...args: string[]) => runProgram([...peers, ...args], { cwd: process.cwd(), dir: home(name) });
      // biome-ignore lint/suspicious/noExplicitAny: documents of any shape
      const json = (name: string, ...args: string[]): any => {
        const { status, stdout, stderr } = run(name, ...args, "--json");
        assert.is(status, 0, `${name}: ${args.join(" ")}: ${stdout}${stderr}`);
        return JSON.parse(stdout.toString());
      };
      const create = (name: string, address: string, url: string) => json(name, "account", "create", address, "--service", url);
      create("desk", "alice@example.com", urls.com);
      create("bob", "bob@example.net", urls.net);
      create("carol", "carol@example.com", urls.com);
      const letIn = (name: string, role: string): void => {
        const { uri } = json("desk", "account", "pin", "--role", role, "--name", name);
        json(name, "device", "request", uri, "--service", urls.com);
        json("desk", "account", "sync");
        json(name, "device", "complete", "--wait", "60s");
      };
      letIn("laptop", "web");
      letIn("second", "admin,web");
      letIn("tablet", "message");
      letIn("old", "device");

      const befriend = (asker: string): void => {
        json(asker, "contact", "request", "alice@example.com");
        json("desk", "account", "sync");
        const [{ messageId }] = json("desk", "message", "pending").pending;
        json("desk", "message", "accept", messageId.slice(0, 16));
        json(asker, "account", "sync");
      };
      befriend("carol");
      json("bob", "contact", "request", "alice@example.com");
      await eventually("bob's request arrives", () => json("desk", "message", "pending").pending.length > 0);
      json("desk", "message", "accept", json("desk", "message", "pending").pending[0].messageId.slice(0, 16));
      json("carol", "message", "confirm", "alice@example.com", "before");
      json("laptop", "account", "sync");
      cpSync(home("laptop"), home("mallet"), { recursive: true });

      // Killed at its first word: the laptop is out, its keys are not replaced.
      const killed = startProgram([...peers, "device", "delete", "laptop", "--yes"], { cwd: process.cwd(), dir: home("desk") });
      let said = "";
      killed.stderr.on("data", (part) => (said += String(part)));
      await eventually("it says that the laptop was removed", () => said.includes("laptop was removed"));
      killed.kill("SIGKILL");
      const left = json("desk", "account", "status").remains;
      assert.ok(left.members.includes("AccountEncryption") || left.members.length === 0, JSON.stringify(left));

      // Two administrators at once, and one is removed while it replaces keys.
      const ended = (child: ReturnType<typeof startProgram>): Promise<number | null> => new Promise((resolve) => child.on("exit", resolve));
      const bySecond = startProgram(["device", "delete", "old", "--yes"], { cwd: process.cwd(), dir: home("second") });
      const byDesk = startProgram(["device", "delete", "tablet", "--yes"], { cwd: process.cwd(), dir: home("desk") });
      const secondEnds = ended(bySecond);
      assert.is(await ended(byDesk), 0);
      const { rekeyed, remains } = json("desk", "device", "delete", "second", "--yes");
      await secondEnds;
      for (const member of ["AdministratorSignature", "AdministratorEncryption", "AccountEncryption"]) assert.ok(rekeyed.includes(member), member);
      assert.equal(remains, [], "no device is behind a hub, and the seed was never on it");
      json("desk", "account", "sync");
      const { remains: after } = json("desk", "account", "status");
      assert.equal([after.stores, after.members, after.takeable], [[], [], []]);
      assert.is(run("second", "account", "sync").status, 77);

      // After it: a room, and a question.
      json("desk", "place", "add", "secret room");
      json("carol", "message", "confirm", "alice@example.com", "after");
      const asked = json("desk", "message", "pending").pending.filter(({ text }: { text?: string }) => text === "after" || text === "before");
      assert.is(asked.length, 2, "alice reads what came before, and after");

      // Bob's service is another one: the owner's contact brings him the newer profile.
      await eventually("bob asks under the new key", () => {
        json("bob", "account", "sync");
        json("bob", "message", "confirm", "alice@example.com", "after, by bob");
        return json("desk", "message", "pending").pending.some(({ text }: { text?: string }) => text === "after, by bob");
      });
      const mallet = await AccountContext.open({ dir: home("mallet"), ports });
      const keys: AgreeingKey[] = [
        ...[...mallet.keys.storeKeys.values()].flatMap((list) => list.map(({ key }) => key)),
        ...[...mallet.keys.members.values()].flatMap((list) => list.map(({ key }) => key)),
        mallet.keys.encryption,
        mallet.keys.base.encryption,
      ];
      await mallet.close();
      const accounts = join(disk.com, "accounts");
      const files = readdirSync(accounts, { recursive: true }).map(String);
      const newest = files.filter((name) => /MMM_[A-Za-z]+\.[1-9]\d*\.dare$/.test(name));
      assert.ok(newest.length >= 5, `${newest.length} epochs on the service's disk`);
      let exchanges = 0;
      for (const name of newest) {
        const copy = join(dir, "copy.dare");
        cpSync(join(accounts, name), copy);
        const file = await SequenceFile.open({ path: copy });
        for await (const frame of file.frames()) {
          if (!frame.header.recipients) continue;
          exchanges += 1;
          assert.throws(() => exchangeSeed(frame, keys), undefined, `${name} frame ${frame.index}`);
        }
        await file.close();
      }
      assert.ok(exchanges > 0);
      let opened = 0;
      for (const name of files.filter((one) => /MMM_Inbound\.dare$/.test(one))) {
        const copy = join(dir, "inbound.dare");
        cpSync(join(accounts, name), copy);
        const file = await SequenceFile.open({ path: copy });
        for await (const frame of file.frames()) {
          if (frame.index === 0 || frame.body.length === 0) continue;
          const text = (() => {
            try {
              return new TextDecoder().decode(openEnvelope(parseEnvelope(frame.body), { keys }));
            } catch {
              return "";
            }
          })();
          if (text.includes('"before"')) opened += 1;
          assert.not.ok(/"after/.test(text), "nothing of what was sent after it");
        }
        await file.close();
      }
      assert.is(opened, 1, "it still opens what was sent before, as the program said");
    },
    { timeoutMs: 900_000 },
  );
});
