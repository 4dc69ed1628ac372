import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { makeDirectory } from "../../src/base/directory.ts";
import { lockDirectory } from "../../src/base/directory-lock.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { nodeWords } from "../kit/node-words.ts";

/** Starts a process that locks the directory, says so and then sleeps. */
async function holder(directory: string): Promise<ChildProcess> {
  const program = join(tempDirectory(), "holder.mts");
  writeFileSync(
    program,
    `import { lockDirectory } from ${JSON.stringify(resolve("src/base/directory-lock.ts"))};
     await lockDirectory(${JSON.stringify(directory)}, { purpose: "mesh-hub run" }).then(() => console.log("locked"), (e) => console.log(e.code));
     setInterval(() => {}, 1000);`,
  );
  const child = spawn(process.execPath, nodeWords(program), { stdio: ["ignore", "pipe", "inherit"] });
  onCleanup(() => void child.kill("SIGKILL"));
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  assert.is(String(line).trim(), "locked");
  return child;
}

/** Runs a task with the rights of a user that may do nothing here, when this is root; else with its own. */
async function asNobody<T>(task: () => Promise<T>): Promise<T> {
  const us = process.geteuid?.();
  if (us !== 0) return task();
  process.seteuid?.(65_534);
  try {
    return await task();
  } finally {
    process.seteuid?.(us);
  }
}

describe("directory lock", (it) => {
  it("says whose a directory is that may not be written, and what helps", async () => {
    const above = tempDirectory();
    if (process.geteuid?.() === 0) {
      const shut = await asNobody(() => throwsMesh(lockDirectory(join(above, "state"), { purpose: "mesh-hub run" }), "ERR_PERMISSION"));
      assert.match(shut.message, / cannot be entered: it belongs to user 0 with mode 0700/);
    }
    for (const place of [above, dirname(above)]) chmodSync(place, 0o755);
    const directory = join(above, "state");
    mkdirSync(directory, { mode: 0o500 });
    if (process.geteuid?.() === 0) chownSync(directory, 65_534, 65_534);
    const own = await asNobody(() => throwsMesh(lockDirectory(directory, { purpose: "mesh-hub run" }), "ERR_PERMISSION"));
    assert.ok(own.message.startsWith(`${directory} cannot be written: it belongs to user `), own.message);
    assert.match(own.message, /with mode 0500, and this runs as user \d+$/);
    assert.is(own.hint, `run 'chmod u+rwX ${directory}'`);
    await asNobody(() => throwsMesh(makeDirectory(join(directory, "state")), "ERR_PERMISSION"));
    if (process.geteuid?.() !== 0) return;
    chownSync(directory, 0, 0);
    const foreign = await asNobody(() => throwsMesh(lockDirectory(directory, { purpose: "mesh-hub run" }), "ERR_PERMISSION"));
    assert.match(foreign.message, /belongs to user 0 with mode 0500, and this runs as user 65534$/);
    assert.is(foreign.hint, `run it as user 0, or let it have what is there: 'sudo chown -R 65534 ${directory}'`);
    // Somebody ran it as root once: the directory is right, and what lies in it is not.
    chmodSync(directory, 0o755);
    chownSync(directory, 65_534, 65_534);
    writeFileSync(join(directory, ".lock"), "{}", { mode: 0o600 });
    const file = await asNobody(() => throwsMesh(lockDirectory(directory, { purpose: "mesh-hub run" }), "ERR_PERMISSION"));
    assert.ok(file.message.startsWith(`${join(directory, ".lock")} cannot be used: it belongs to user 0 with mode 0600`), file.message);
  });

  it("excludes a second holder in the process until release", async () => {
    const directory = tempDirectory();
    const lock = await lockDirectory(directory, { purpose: "first" });
    const error = await throwsMesh(lockDirectory(directory, { purpose: "second" }), "ERR_LOCKED");
    assert.match(error.message, new RegExp(`process ${process.pid} \\(first\\)`));
    await lock.release();
    const again = await lockDirectory(directory, { purpose: "third" });
    await lock.release();
    await throwsMesh(lockDirectory(directory, { purpose: "fourth" }), "ERR_LOCKED");
    await again.release();
    assert.equal(readdirSync(directory), []);
  });

  it("gives a directory to exactly one of many", async () => {
    const directory = tempDirectory();
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => lockDirectory(directory, { purpose: `${n}` })));
    assert.is(results.filter((result) => result.status === "fulfilled").length, 1);
    assert.equal(readdirSync(directory), [".lock"]);
  });

  it("names another process, and takes over when that was killed", async () => {
    const directory = tempDirectory();
    const child = await holder(directory);
    const error = await throwsMesh(lockDirectory(directory, { purpose: "meshman" }), "ERR_LOCKED");
    assert.match(error.message, new RegExp(`process ${child.pid} \\(mesh-hub run\\)`));
    assert.is(error.detail.pid, child.pid);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.ok(existsSync(join(directory, ".lock")), "the dead process left its lock");
    await (await lockDirectory(directory, { purpose: "heir" })).release();
  });

  it("lets one heir in when many find a dead lock, also with a dead takeover", async () => {
    for (const stale of [[".lock"], [".lock", ".lock.takeover"]]) {
      const directory = tempDirectory();
      const dead = spawn(process.execPath, ["-e", ""]);
      await once(dead, "exit");
      for (const name of stale) writeFileSync(join(directory, name), JSON.stringify({ pid: dead.pid, purpose: "gone", serial: 1 }));
      const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => lockDirectory(directory, { purpose: `${n}` })));
      assert.is(results.filter((result) => result.status === "fulfilled").length, 1, stale.join());
      assert.equal(readdirSync(directory), [".lock"]);
    }
  });

  it("is not held by a process that got the same id later, or before a restart of the machine", async () => {
    const directory = tempDirectory();
    await lockDirectory(directory, { purpose: "me" });
    const mine = JSON.parse(readFileSync(join(directory, ".lock"), "utf8")) as { start?: string; boot?: string };
    if (mine.start === undefined) return;
    for (const change of [{ start: "1" }, { boot: "another" }]) {
      writeFileSync(join(directory, ".lock"), JSON.stringify({ ...mine, ...change }));
      await (await lockDirectory(directory, { purpose: "heir" })).release();
    }
  });

  it("takes over a lock whose content a power cut lost", async () => {
    const directory = tempDirectory();
    writeFileSync(join(directory, ".lock"), "");
    await (await lockDirectory(directory, { purpose: "heir" })).release();
  });

  it("reports a directory that is not there", async () => {
    await throwsMesh(lockDirectory(join(tempDirectory(), "no"), { purpose: "x" }), "ERR_STORE");
  });

  it("is exclusive among processes that fight for it", async () => {
    const directory = tempDirectory();
    const program = join(directory, "fighter.mts");
    // Each holder writes its id into a witness file and must find it unchanged; some die without releasing.
    writeFileSync(
      program,
      `import { lockDirectory } from ${JSON.stringify(resolve("src/base/directory-lock.ts"))};
       import { readFileSync, writeFileSync } from "node:fs";
       const witness = ${JSON.stringify(join(directory, "witness"))};
       let held = 0;
       const end = Date.now() + 2500;
       while (Date.now() < end) {
         try {
           const lock = await lockDirectory(${JSON.stringify(directory)}, { purpose: "fight" });
           writeFileSync(witness, String(process.pid));
           await new Promise((resolve) => setTimeout(resolve, 2));
           if (readFileSync(witness, "utf8") !== String(process.pid)) { console.log("SHARED"); process.exit(1); }
           if (++held === 12) process.kill(process.pid, "SIGKILL");
           await lock.release();
         } catch (error) { if (error.code !== "ERR_LOCKED") { console.log(error); process.exit(1); } }
         await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
       }`,
    );
    const fighters = Array.from({ length: 5 }, () => spawn(process.execPath, nodeWords(program), { stdio: ["ignore", "pipe", "inherit"] }));
    let said = "";
    await Promise.all(
      fighters.map(async (child) => {
        child.stdout.on("data", (chunk) => {
          said += String(chunk);
        });
        await once(child, "exit");
      }),
    );
    assert.is(said, "");
    assert.ok(
      fighters.some((child) => child.signalCode === "SIGKILL"),
      "at least one died holding the lock",
    );
    await (await lockDirectory(directory, { purpose: "last" })).release();
  });
});
