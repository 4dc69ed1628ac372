/** Puts Node and the packed package into a root, as `npm install --global` would have, without a registry. */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";

/** Where the package lies inside the root. */
export const installedPackage = "/usr/local/lib/node_modules/mesh-hub";

/** What is in a package.json, as far as it matters here. */
interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
}

/** Packs the package and installs it with the modules that it needs at run time. */
export function installPackage(root: string): void {
  const target = join(root, installedPackage);
  const packed = mkdtempSync(join(root, "pack-"));
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", packed], { cwd: packagePath(), stdio: "pipe" });
  mkdirSync(target, { recursive: true });
  execFileSync("sh", ["-c", `tar -xzf "$1"/*.tgz --strip-components=1 --no-same-owner -C "$2"`, "sh", packed, target]);
  rmSync(packed, { recursive: true });
  for (const path of runtimeModules()) cpSync(path, join(target, relative(packagePath(), path)), { recursive: true });
  copyFileSync(process.execPath, join(root, "usr/local/bin/node"));
  const { bin } = JSON.parse(readFileSync(join(target, "package.json"), "utf8")) as Manifest;
  for (const [name, script] of Object.entries(bin)) {
    chmodSync(join(target, script), 0o755);
    symlinkSync(join(installedPackage, script), join(root, "usr/local/bin", name));
  }
}

/** Makes the package in the root one of another version. */
export function changeVersion(root: string, version: string): void {
  const file = join(root, installedPackage, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
  writeFileSync(file, JSON.stringify({ ...manifest, version }));
}

/** Modules that the lock file has for more than development, as far as they are there: optional ones may not be. */
function runtimeModules(): string[] {
  const { packages } = JSON.parse(readFileSync(packagePath("package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly peer?: boolean }>>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, peer }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true && peer !== true)
    .map(([path]) => packagePath(path))
    .filter((path) => existsSync(path));
}
