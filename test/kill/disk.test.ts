/**
 * Disks that fail under the real hub and the real service: a full one (a small ext4 on a loop device; where it cannot be mounted, injected errors),
 * a read-only one and one with i/o errors (injected): a clear error, and nothing lost once the disk is well.
 */
import { execFileSync } from "node:child_process";
import { cpSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, onCleanup, skipUnless } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { House } from "./house.ts";
import { agree, command, onboard, press } from "./story.ts";

/** All combinations in `npm run test:kill`; two of them otherwise. */
const isAll = process.env.MESH_KILL_ALL !== undefined;

/** Puts a directory on a file system of its own with 8 MB. False where that is not allowed. */
function mountSmall(house: House, dir: string): boolean {
  const image = join(house.dir, "small.img");
  try {
    writeFileSync(image, "");
    truncateSync(image, 8 << 20);
    execFileSync("mkfs.ext4", ["-q", "-m", "0", image], { stdio: "ignore" });
    cpSync(dir, `${dir}.was`, { recursive: true });
    execFileSync("mount", ["-o", "loop", image, dir], { stdio: "ignore" });
  } catch {
    return false;
  }
  onCleanup(async () => {
    await house.close();
    execFileSync("umount", [dir], { stdio: "ignore" });
  });
  cpSync(`${dir}.was`, dir, { recursive: true });
  return true;
}

/** Writes until nothing more fits. */
function fill(dir: string): string {
  const path = join(dir, "filler");
  for (let size = 4096; size < 8 << 20; size += 4096) {
    try {
      writeFileSync(path, new Uint8Array(4096), { flag: "a" });
    } catch {
      break;
    }
  }
  return path;
}

describe("disks that fail", (it) => {
  for (const program of ["hub", "service"] as const) {
    if (program === "service" && !isAll) continue;
    it(
      `the ${program}'s disk is full for a while`,
      async () => {
        const house = await House.build();
        onCleanup(() => house.close());
        if (program === "service") await house.service?.kill("SIGTERM");
        const dir = program === "hub" ? house.hubDir : house.serviceDir;
        skipUnless(mountSmall(house, dir), "root and loop devices");
        // What it keeps free is more than this disk has.
        if (program === "service") await house.startService({ limits: ["reserveOctets=1", "lastReserveOctets=1"] });
        await house.startHub();
        const lamp = await house.lamp();
        await onboard(house, lamp);
        press(lamp, 2);
        await agree(house, lamp);
        const filler = fill(dir);
        press(lamp, 30);
        // The service tells it before its disk is quite full, and the one who asked.
        const said = program === "hub" ? ["ERR_DISK_FULL"] : ["disk.reserve", "ERR_DISK_FULL"];
        await eventually("the log says so", () => said.some((word) => house.words.includes(word)));
        await command(house, lamp, true);
        assert.is(lamp.core.values.On, true, "the house goes on");
        rmSync(filler);
        await agree(house, lamp);
        assert.is(house.restarts, 0, "nobody had to start it again");
      },
      { timeoutMs: 200_000 },
    );
    for (const [mode, at] of [
      ["EIO", program === "hub" ? 150 : 60],
      ["EROFS", program === "hub" ? 170 : 80],
    ] as const) {
      if (mode === "EROFS" && !isAll) continue;
      it(
        `${mode} for the ${program}`,
        async () => {
          const house = await House.build();
          onCleanup(() => house.close());
          if (program === "service") {
            await house.service?.kill("SIGTERM");
            await house.startService({ fault: { at, count: 12, mode } });
            await house.startHub();
          } else {
            await house.startHub({ fault: { at, count: 12, mode } });
          }
          const lamp = await house.lamp();
          await onboard(house, lamp);
          press(lamp, 15);
          await command(house, lamp, true);
          await agree(house, lamp);
          press(lamp, 5);
          await agree(house, lamp);
          assert.match(house.words, /ERR_STORE|EIO|EROFS|read-only|i\/o/);
          assert.is(house.restarts, 0, "nobody had to start it again");
        },
        { timeoutMs: 200_000 },
      );
    }
  }
});
