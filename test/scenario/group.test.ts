/** A group over two services, each a process: alice administers it, bob is at her service, carol at another, and mallet tries what he can. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import type { Machine } from "../kit/meshman-terminal.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { startServiceProcess } from "../kit/service-process.ts";

const family = "family@example.com";

async function world() {
  const ports = { com: await freePort(), net: await freePort() };
  const url = { com: `http://127.0.0.1:${ports.com}`, net: `http://127.0.0.1:${ports.net}` };
  const dir = tempDirectory();
  const begin = (name: "com" | "net", other: "com" | "net") =>
    startServiceProcess([
      ...["--dir", join(dir, name), "--port", `${ports[name]}`, "--domain", `example.${name}`],
      ...["--peer", `example.${other}=${url[other]}`, "--limit", "peerRetryMs=50", "peerRetryMostMs=400"],
    ]);
  let com = await begin("com", "net");
  await begin("net", "com");
  /** Has something done to the directory of example.com while that is down. */
  const whileDown = async (task: (disk: string) => void): Promise<void> => {
    await com.end("SIGKILL");
    task(join(dir, "com"));
    com = await begin("com", "net");
  };
  const at = (dir: string, name: "com" | "net"): Machine["run"] => {
    const one = machine(dir, url[name]);
    const peers = ["--peer", `example.com=${url.com}`, "--peer", `example.net=${url.net}`];
    return (words, options) => one.run([...peers, ...words], options);
  };
  return { at, whileDown };
}

type Run = Machine["run"];

const done = async (run: Run, ...words: string[]) => {
  const { status, stdout, stderr } = await run([...words, "--json"]);
  assert.is(status, 0, `${words.join(" ")}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
};

/** What waits of a kind, once something does. */
async function waiting(run: Run, kind: string): Promise<string> {
  let found: { messageId: string; kind: string }[] = [];
  await eventually(`a ${kind}`, async () => {
    found = (await done(run, "message", "pending")).pending.filter((message: { kind: string }) => message.kind === kind);
    return found.length > 0;
  });
  return found[0]!.messageId;
}

async function befriend(one: Run, other: Run, address: string, back: string): Promise<void> {
  await done(one, "contact", "request", address);
  await done(other, "message", "accept", await waiting(other, "contact"));
  await eventually("the answer", async () => {
    const pending = (await done(one, "message", "pending")).pending as { messageId: string; kind: string }[];
    for (const { messageId } of pending.filter(({ kind }) => kind === "contact")) await done(one, "message", "accept", messageId);
    const known = await one(["contact", "get", address, "--json"]);
    return known.status === 0 && (await other(["contact", "get", back])).status === 0 && pending.length > 0;
  });
}

describe("a group", (it) => {
  it(
    "is decrypted by its members at two services and by nobody else, and by who was removed not even from a copy of his disk",
    async () => {
      const { at, whileDown } = await world();
      const dirs = { alice: tempDirectory(), bob: tempDirectory(), carol: tempDirectory(), mallet: tempDirectory() };
      const [alice, bob, carol, mallet] = [at(dirs.alice, "com"), at(dirs.bob, "com"), at(dirs.carol, "net"), at(dirs.mallet, "com")];
      await done(alice, "account", "create", "alice@example.com");
      await done(bob, "account", "create", "bob@example.com");
      await done(carol, "account", "create", "carol@example.net");
      await done(mallet, "account", "create", "mallet@example.com");
      await befriend(bob, alice, "alice@example.com", "bob@example.com");
      await befriend(carol, alice, "alice@example.com", "carol@example.net");

      const files = tempDirectory();
      const letter = join(files, "letter.txt");
      writeFileSync(letter, "dear family");
      let n = 0;
      const opens = async (run: Run, file = `${letter}.dare`) => {
        const out = join(files, `out-${n++}`);
        const ran = await run(["dare", "decode", file, out]);
        return ran.status === 0 ? readFileSync(out, "utf8") : `${ran.status} ${ran.stderr}`;
      };

      const made = await alice(["group", "create", family]);
      assert.is(made.status, 0, made.stderr);
      assert.match(made.stdout, /^Account=family@example\.com\nUDF=M/);
      assert.match(made.stderr, /next: 'meshman group add/);
      await done(alice, "dare", "encode", letter, "--encrypt", family);
      assert.match(await opens(alice), /^\d+ error: sealed to/, "the administrator is no member");

      for (const member of ["bob@example.com", "carol@example.net"]) {
        const added = await done(alice, "group", "add", family, member);
        assert.is(added.member.outcome, "invited");
      }
      await done(bob, "message", "accept", await waiting(bob, "group"));
      await done(carol, "message", "accept", await waiting(carol, "group"));
      assert.is(await opens(bob), "dear family");
      assert.is(await opens(carol), "dear family");
      assert.match(await opens(mallet), /error: sealed to/);
      assert.match(await opens(alice), /error: sealed to/, "she dealt the shares and has none");
      const { members } = await done(alice, "group", "list", family);
      assert.equal(
        members.map(({ member, sent }: { member: string; sent: boolean }) => [member, sent]),
        [
          ["bob@example.com", true],
          ["carol@example.net", true],
        ],
      );

      // A member encrypts to it too, and what bob has is of no use to carol or mallet.
      writeFileSync(join(files, "answer.txt"), "from carol");
      await done(carol, "dare", "encode", join(files, "answer.txt"), "--encrypt", family);
      assert.is(await opens(bob, join(files, "answer.txt.dare")), "from carol");

      // The group's service is put back to an earlier day: what it did with its shares since is nowhere, and both members go on when they say so.
      await whileDown((disk) => cpSync(disk, `${disk}-kept`, { recursive: true }));
      // Each once and once more would be as much as they try afterwards: the audit would only seem to have grown.
      for (const run of [bob, carol, bob, carol, bob, carol, bob, carol]) assert.is(await opens(run), "dear family");
      await whileDown((disk) => {
        rmSync(disk, { recursive: true });
        cpSync(`${disk}-kept`, disk, { recursive: true });
      });
      for (const run of [bob, carol])
        assert.match(await opens(run), /^77 error: the service shows (an audit of|another audit)[\s\S]*'meshman account repair'/);
      for (const [run, name] of [
        [bob, "bob"],
        [carol, "carol"],
      ] as const) {
        const { groups, repaired } = await done(run, "account", "repair");
        assert.equal([groups.map(({ group }: { group: string }) => group), repaired], [[family], []], name);
        assert.ok(groups[0].here.epoch > groups[0].service.epoch || groups[0].here.index >= groups[0].service.index, JSON.stringify(groups));
        assert.is(await opens(run), "dear family", name);
      }
      assert.is((await done(carol, "account", "repair")).groups, undefined, "nothing is lost any more");
      assert.is(await opens(bob), "dear family");

      const copy = join(tempDirectory(), "bob");
      cpSync(dirs.bob, copy, { recursive: true });
      const removed = await alice(["group", "remove", family, "bob@example.com"]);
      assert.is(removed.status, 0, removed.stderr);
      assert.match(removed.stderr, /opens with the new key[\s\S]*next: each member takes his share/);
      assert.match(await opens(bob), /it is no member/);
      assert.match(await opens(at(copy, "com")), /it is no member/);
      assert.is(await opens(carol), "dear family", "the others go on");

      // What is encrypted from now on is under another key, of which who was removed has no share.
      await done(carol, "message", "accept", await waiting(carol, "group"));
      writeFileSync(join(files, "later.txt"), "without bob");
      await done(alice, "dare", "encode", join(files, "later.txt"), "--encrypt", family);
      assert.is(await opens(carol, join(files, "later.txt.dare")), "without bob");
      for (const run of [bob, at(copy, "com")]) assert.match(await opens(run, join(files, "later.txt.dare")), /^\d+ error: sealed to/);

      assert.is((await done(alice, "group", "add", family, "alice@example.com")).member.outcome, "member");
      assert.is(await opens(alice, join(files, "later.txt.dare")), "without bob");
      assert.match(await opens(alice), /^\d+ error: sealed to/, "what is older is for those who were members then");

      const again = await done(alice, "group", "create", family);
      assert.is(again.account, family, "once more changes nothing");
      assert.is(await opens(carol), "dear family");
      const listed = (await done(alice, "group", "list")).groups[0];
      assert.equal([listed.group, listed.administrator, listed.member], [family, true, true]);
      assert.is((await bob(["group", "list", family])).status, 66);
      assert.is((await alice(["group", "remove", family, "bob@example.com"])).status, 66);

      await done(alice, "group", "delete", family, "--yes");
      assert.not.match(await opens(carol), /^dear/, "with the group its key is gone");
      assert.equal((await done(alice, "group", "list")).groups, []);
    },
    { timeoutMs: 400_000 },
  );
});
