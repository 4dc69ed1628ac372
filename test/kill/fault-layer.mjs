/**
 * A layer between a program and its disk, preloaded with `node --import`: it counts every call that changes a file below one directory and lets one
 * of them go wrong. So the points at which a process dies are those of the code that runs, and the programs need no switch for it.
 * FAULT = {"dir", "trace"?, "at"?, "count"?, "mode"?}; modes: before, torn, after, power (as before, and all that was not fsynced is gone), or
 * the code of an error that this call and the `count - 1` after it get (EIO, ENOSPC, EROFS).
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";

const plan = JSON.parse(process.env.FAULT ?? "{}");
const root = plan.dir === undefined ? undefined : resolve(plan.dir) + sep;
delete process.env.FAULT;

if (root !== undefined) {
  const raw = { ...fs.promises };
  const trace = plan.trace === undefined ? undefined : fs.openSync(plan.trace, "a");
  const paths = new WeakMap();
  let calls = 0;

  const isOurs = (path) => typeof path === "string" && resolve(path).startsWith(root);
  const read = (path) => {
    try {
      return fs.readFileSync(path);
    } catch {
      return undefined;
    }
  };
  const restore = (path, content) => {
    if (content === undefined) fs.rmSync(path, { force: true });
    else fs.writeFileSync(path, content);
  };

  /** What is at a path, a directory with what is in it, before it goes. */
  const contentsOf = (path) => {
    const found = fs.statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return [];
    if (!found.isDirectory()) return [{ path, content: read(path) }];
    return [{ path }, ...fs.readdirSync(path).flatMap((name) => contentsOf(join(path, name)))];
  };
  const putBack = (contents) => {
    for (const { path, content } of contents) {
      if (content === undefined) fs.mkdirSync(path, { recursive: true });
      else restore(path, content);
    }
  };

  /** Contents as they were at the last fsync, and changes of directories that were not synced, with what undoes them. */
  const synced = new Map();
  let entries = [];
  const touched = (path) => {
    if (plan.mode === "power" && !synced.has(path)) synced.set(path, read(path));
  };
  const entered = (path, undo) => {
    if (plan.mode === "power") entries.push({ dir: dirname(path), undo });
  };

  const die = () => {
    if (plan.mode === "power") {
      for (const [path, content] of synced) if (fs.existsSync(path)) restore(path, content);
      for (const { undo } of entries.reverse()) undo();
    }
    process.kill(process.pid, "SIGKILL");
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  };

  /** Runs one call that changes something. `half` does a part of it, where there are parts. */
  const point = async (name, path, run, half) => {
    const number = ++calls;
    if (trace !== undefined) fs.writeSync(trace, `${number} ${name} ${relative(root, resolve(path))}\n`);
    const { at, count = 1, mode } = plan;
    if (at !== undefined && number >= at && number < at + count) {
      if (mode === "before" || mode === "power") die();
      if (mode === "torn") {
        await half?.();
        die();
      }
      if (mode === "after") {
        await run();
        die();
      }
      throw Object.assign(new Error(`${mode}: injected, ${name} '${path}'`), { code: mode });
    }
    return run();
  };

  const wrap = (name, changed) => {
    const original = raw[name];
    fs.promises[name] = (...args) => {
      const path = args[name === "rename" || name === "link" || name === "copyFile" ? 1 : 0];
      if (!isOurs(path)) return original(...args);
      return point(name, path, () => {
        changed?.(...args);
        return original(...args);
      });
    };
  };
  wrap("rename", (from, to) => {
    const before = read(to);
    const moved = synced.get(from);
    if (synced.delete(from)) synced.set(to, moved);
    entered(to, () => restore(to, before));
  });
  wrap("rm", (path) => {
    const before = contentsOf(path);
    if (before.length > 0) entered(path, () => putBack(before));
  });
  wrap("unlink", (path) => {
    const before = read(path);
    if (before !== undefined) entered(path, () => restore(path, before));
  });
  wrap("link");
  wrap("copyFile", (_, to) => touched(to));
  wrap("writeFile", (path) => touched(path));
  wrap("mkdir");

  const flagsOf = (flags) => (typeof flags === "number" ? (flags & (fs.constants.O_CREAT | fs.constants.O_TRUNC)) !== 0 : /^[wa]/.test(flags ?? "r"));
  let prototype;
  fs.promises.open = async (path, flags, ...rest) => {
    const open = async () => {
      const isNew = isOurs(path) && flagsOf(flags) && !fs.existsSync(path);
      if (isOurs(path) && /^w/.test(String(flags)) && !isNew) touched(path);
      const handle = await raw.open(path, flags, ...rest);
      if (isNew) entered(path, () => restore(path, undefined));
      if (isOurs(path) || isOurs(`${path}${sep}x`)) paths.set(handle, path);
      patch(handle);
      return handle;
    };
    return isOurs(path) && flagsOf(flags) ? point("open", path, open) : open();
  };

  function patch(handle) {
    if (prototype !== undefined) return;
    prototype = Object.getPrototypeOf(handle);
    const methods = { ...Object.fromEntries(["write", "writeFile", "truncate", "sync", "datasync", "chmod"].map((name) => [name, prototype[name]])) };
    for (const name of Object.keys(methods)) {
      const original = methods[name];
      prototype[name] = function (...args) {
        const path = paths.get(this);
        if (path === undefined) return original.apply(this, args);
        const run = async () => {
          if (name === "write" || name === "writeFile" || name === "truncate") touched(path);
          const result = await original.apply(this, args);
          if (name === "sync" || name === "datasync") {
            synced.delete(path);
            entries = entries.filter(({ dir }) => dir !== path);
          }
          return result;
        };
        const half = async () => {
          if (name === "write" && args[0]?.length > 0) {
            const [octets, offset = 0, length = octets.length, position] = args;
            await original.call(this, octets, offset, Math.floor(length / 2), position);
          } else if (name === "writeFile") {
            await original.call(this, args[0].subarray(0, Math.floor(args[0].length / 2)));
          }
        };
        return point(name, path, run, half);
      };
    }
  }
  syncBuiltinESMExports();
}
