/** The audit of a hub: a chain of lines that outlives restarts and gives up its oldest parts whole; whoever changes, drops or makes up a line is found out. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../../../src/base/log.ts";
import type { AuditLimits, AuditNote } from "../../../src/hub/audit/audit-log.ts";
import { AuditLog } from "../../../src/hub/audit/audit-log.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import { salvaging } from "../../../src/hub/salvage.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";

const { clock } = ports;
const limits: AuditLimits = { linesEach: 4, parts: 3, keepMs: 90 * 86_400_000 };
const open = (dir: string, more: Partial<Parameters<typeof AuditLog.open>[0]> = {}) => AuditLog.open({ dir, clock, log: silentLog, limits, ...more });
const order = (command: string, more: Partial<AuditNote> = {}): AuditNote => ({
  principal: socketOwner,
  device: "MBULB",
  deviceName: "kitchen light",
  command,
  outcome: "Accept",
  ...more,
});

/** Writes a file of the audit anew, each line with a good checksum: what somebody can do who has the disk and reads the source. */
function edit(path: string, change: (records: Record<string, unknown>[]) => Record<string, unknown>[]): void {
  const [head = "", ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  const records = lines.flatMap((line) => JSON.parse(line.replace(/^\S+ \S+ /, "")) as Record<string, unknown>[]);
  const framed = change(records).map((record) => {
    const json = JSON.stringify([record]);
    return `${createHash("sha256").update(json).digest("hex").slice(0, 16)} ${Buffer.byteLength(json)} ${json}\n`;
  });
  writeFileSync(path, `${head}\n${framed.join("")}`);
}

const parts = (dir: string): string[] => readdirSync(dir).filter((name) => name.endsWith(".journal"));

async function filled(count: number): Promise<{ dir: string; audit: AuditLog }> {
  const dir = join(tempDirectory(), "audit");
  const audit = await open(dir);
  for (let number = 1; number <= count; number++) await audit.note(order(`Set ${number}`));
  return { dir, audit };
}

describe("hub: audit", (it) => {
  it("keeps every order over restarts, and answers by time, device and place", async () => {
    const { dir, audit } = await filled(6);
    await audit.note(order("Unlock", { device: "MLOCK", outcome: "ERR_NOT_AUTHORIZED" }));
    await audit.close();
    const again = await open(dir);
    assert.equal(await again.verify(), { first: 1, count: 7 });
    assert.equal(
      (await again.read({ most: 100 })).map(({ n, c, o }) => `${n} ${c} ${o}`),
      [...[1, 2, 3, 4, 5, 6].map((n) => `${n} Set ${n} Accept`), "7 Unlock ERR_NOT_AUTHORIZED"],
    );
    assert.equal(
      (await again.read({ most: 100, device: "MLOCK" })).map(({ n }) => n),
      [7],
    );
    assert.equal(
      (await again.read({ most: 2, after: 3 })).map(({ n }) => n),
      [4, 5],
    );
    assert.equal(await again.read({ most: 100, since: clock.now() + 1000 }), []);
    await again.close();
  });

  it("gives up its oldest parts whole, and is a chain still", async () => {
    const { dir, audit } = await filled(30);
    assert.is(parts(dir).length, 3);
    const verdict = await audit.verify();
    assert.is(verdict.broken, undefined);
    assert.is(verdict.count, 30);
    assert.ok(verdict.first > 15);
    await audit.close();
    const old = await open(dir, { clock: { ...clock, now: () => clock.now() + 91 * 86_400_000 } });
    assert.is(parts(dir).length, 1, "and by age");
    assert.is((await old.verify()).broken, undefined);
    await old.close();
  });

  it("refusals alike of one minute are one line and a count", async () => {
    let now = 0;
    const dir = join(tempDirectory(), "audit");
    const audit = await open(dir, { clock: { ...clock, monotonic: () => now } });
    for (let number = 0; number < 500; number++) await audit.note(order("Unlock", { outcome: "ERR_NOT_AUTHORIZED" }));
    await audit.note(order("Unlock", { outcome: "ERR_NOT_AUTHORIZED", device: "MOTHER" }));
    now += 61_000;
    await audit.note(order("Unlock", { outcome: "ERR_NOT_AUTHORIZED" }));
    assert.equal(
      (await audit.read({ most: 100 })).map(({ d, x }) => [d, x]),
      [
        ["MBULB", undefined],
        ["MOTHER", undefined],
        ["MBULB", 499],
      ],
    );
    await audit.close();
  });

  it("names of commands that somebody invents do not push out what was done", async () => {
    const audit = await open(join(tempDirectory(), "audit"));
    await audit.note(order("Unlock", { outcome: "Accept" }));
    for (let number = 0; number < 500; number++) {
      await audit.note(order(`invented ${number}`, { outcome: "ERR_NOT_AUTHORIZED", device: `M${number}`, deviceName: "" }));
    }
    assert.is((await audit.read({ most: 100 })).length, 2);
    await audit.close();
  });

  const attacks: readonly (readonly [string, (dir: string) => void])[] = [
    ["a line that was changed", (dir) => edit(join(dir, "000001.journal"), (all) => all.map((one) => (one.n === 2 ? { ...one, p: "nobody" } : one)))],
    ["a line that was taken out", (dir) => edit(join(dir, "000001.journal"), (all) => all.filter(({ n }) => n !== 2))],
    ["lines in another order", (dir) => edit(join(dir, "000001.journal"), ([begin, one, two, ...rest]) => [begin!, two!, one!, ...rest])],
    ["a line that was put in", (dir) => edit(join(dir, "000001.journal"), (all) => [...all, { ...all.at(-1), n: 5 }])],
    ["the last line that was taken away", (dir) => edit(join(dir, "000002.journal"), (all) => all.slice(0, -1))],
    ["a part that was taken away", (dir) => rmSync(join(dir, "000002.journal"))],
  ];
  for (const [what, attack] of attacks)
    it(`finds ${what}, while it runs and after a restart`, async () => {
      const { dir, audit } = await filled(10);
      const published = audit.end;
      await audit.note(order("Set 11"));
      assert.is((await audit.verify(published)).broken, undefined);
      attack(dir);
      assert.ok((await audit.verify(published)).broken, "while it runs");
      await audit.close();
      const again = await open(dir);
      assert.ok((await again.verify(published)).broken, "after a restart");
      await again.close();
    });

  it("finds lines that were all made anew by what the account was told", async () => {
    const { audit } = await filled(6);
    const published = audit.end;
    await audit.close();
    const other = await filled(3);
    for (let number = 4; number <= 8; number++) await other.audit.note(order(`Open ${number}`));
    assert.is((await other.audit.verify()).broken, undefined, "a chain it is");
    assert.match((await other.audit.verify(published)).broken?.reason ?? "", /not what the account was told of/);
    const less = await filled(3);
    assert.match((await less.audit.verify(published)).broken?.reason ?? "", /told of more lines/);
    await other.audit.close();
    await less.audit.close();
  });

  it("a file that is damaged is kept aside and told, and the hub goes on", async () => {
    const { dir, audit } = await filled(3);
    await audit.close();
    const path = join(dir, "000001.journal");
    writeFileSync(path, readFileSync(path, "utf8").replace("Set 1", "Set 7"));
    const told: string[] = [];
    const openFile = salvaging({ damaged: ({ message }) => void told.push(message), settled: async () => undefined });
    const again = await open(dir, { openFile });
    assert.match(told.join(), /who gave orders before is not known/);
    await again.note(order("Set 4"));
    assert.is((await again.read({ most: 10 })).length, 1);
    await again.close();
  });
});
