/**
 * Puts together what the compiler leaves in many files: each program with what it loads, into few files in dist/src/app, which start in two thirds of the
 * time; the page into dist/page, one script, the decoder of codes as a part that is loaded when it is needed, the style and the frame.
 * Nothing of this runs on a user's machine: the package carries what it makes.
 */
import { chmodSync, cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { packagePath } from "../../src/base/package-root.ts";

/** Puts the programs in the place of what the compiler has made of them. */
async function bundlePrograms(): Promise<void> {
  const programs = ["mesh-hub", "meshman", "mesh-service"];
  const folder = packagePath("dist", "src", "app");
  rmSync(join(folder, "part"), { recursive: true, force: true });
  await build({
    entryPoints: programs.map((name) => packagePath("src", "app", `${name}.ts`)),
    outdir: folder,
    chunkNames: "part/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: true,
    logLevel: "warning",
  });
  for (const name of programs) chmodSync(join(folder, `${name}.js`), 0o755);
}

/** Builds the page into a folder, which is emptied before. */
export async function bundlePage(folder: string = packagePath("dist", "page")): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: { page: packagePath("src", "page", "main.tsx"), style: packagePath("src", "page", "page.css") },
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: ["chrome120", "firefox120", "safari17"],
    charset: "utf8",
    chunkNames: "[name]-[hash]",
    legalComments: "none",
    tsconfig: packagePath("src", "page", "tsconfig.json"),
    logLevel: "warning",
  });
  for (const name of ["index.html", "icon.svg"]) cpSync(packagePath("src", "page", name), join(folder, name));
}

if (process.argv[1] === import.meta.filename) {
  await bundlePrograms();
  await bundlePage();
}
