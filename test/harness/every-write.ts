/**
 * Tells of every call that changes a file below a directory, in this process and just before it is made: what the directory holds then is what
 * a kill -9 would leave. `test/kill` does the same to whole programs; this is for one part, and quick.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve, sep } from "node:path";

/** A call that is about to be made. */
export interface Write {
  readonly call: string;
  readonly path: string;
  /** Of a write: what, and where in the file. */
  readonly octets?: Uint8Array;
  readonly position?: number;
}

type Method = (...args: unknown[]) => unknown;

/** @returns ends it */
export function onEveryWrite(dir: string, told: (write: Write) => void): () => void {
  const root = resolve(dir) + sep;
  const isOurs = (path: unknown): path is string => typeof path === "string" && `${resolve(path)}${sep}`.startsWith(root);
  const promises = fs.promises as unknown as Record<string, Method>;
  const undo: (() => void)[] = [];
  const replace = (object: Record<string, Method>, name: string, make: (original: Method) => Method): void => {
    const original = object[name]!;
    object[name] = make(original);
    undo.push(() => {
      object[name] = original;
    });
  };
  for (const call of ["rename", "rm", "unlink", "mkdir", "writeFile"]) {
    replace(promises, call, (original) => (...args) => {
      if (isOurs(args[0])) told({ call, path: args[0] });
      return original(...args);
    });
  }
  const paths = new WeakMap<object, string>();
  let isPatched = false;
  const patch = (handle: object): void => {
    if (isPatched) return;
    isPatched = true;
    const prototype = Object.getPrototypeOf(handle) as Record<string, Method>;
    for (const call of ["write", "writeFile", "truncate", "sync", "datasync"]) {
      replace(
        prototype,
        call,
        (original) =>
          function (this: object, ...args: unknown[]) {
            const path = paths.get(this);
            if (path !== undefined) told({ call, path, ...(call === "write" ? writeOf(args) : {}) });
            return original.apply(this, args);
          },
      );
    }
  };
  replace(promises, "open", (original) => async (...args) => {
    if (isOurs(args[0]) && /^[wa]|^rs?\+/.test(String(args[1] ?? "r"))) told({ call: "open", path: args[0] });
    const handle = (await original(...args)) as object;
    if (isOurs(args[0])) paths.set(handle, args[0]);
    patch(handle);
    return handle;
  });
  syncBuiltinESMExports();
  return () => {
    for (const restore of undo.reverse()) restore();
    syncBuiltinESMExports();
  };
}

function writeOf([octets, offset = 0, length, position]: unknown[]): Pick<Write, "octets" | "position"> {
  const from = offset as number;
  const all = octets as Uint8Array;
  return { octets: all.subarray(from, from + ((length as number | undefined) ?? all.length - from)), position: position as number };
}
