/** The files of the page as the package carries them (dist/page, made by `npm run build`), compressed once and kept. */
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { MeshError } from "../../base/errors.ts";
import { packagePath } from "../../base/package-root.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};

interface PageFile {
  readonly type: string;
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly compressed: Uint8Array<ArrayBuffer>;
}

/** The page's files. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>;

  private constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = files;
  }

  /** Reads the files of a folder; none where the page was not built. */
  static async open(folder: string = packagePath("dist", "page")): Promise<PageFiles> {
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const files = new Map<string, PageFile>();
    for (const name of names) {
      const type = types[extname(name)];
      if (type === undefined) continue;
      const octets = new Uint8Array(await readFile(join(folder, name)));
      files.set(`/${name}`, { type, octets, compressed: new Uint8Array(await promisify(gzip)(octets)) });
    }
    return new PageFiles(files);
  }

  /** A file by its path; the page itself at `/`. Errors: ERR_NOT_FOUND. */
  answer(path: string, accepted: string): Response {
    const file = this.#files.get(path === "/" ? "/index.html" : path);
    if (file) return reply(file, accepted);
    if (path !== "/") throw new MeshError("ERR_NOT_FOUND", `no file ${path.slice(0, 64)}`);
    throw new MeshError("ERR_NOT_FOUND", "the page was not built", { hint: "run 'npm run build' in the checkout; the package of a release has it" });
  }

  /** What programs may ask for, as an OpenAPI document. */
  async openApi(): Promise<Response> {
    const octets = new Uint8Array(await readFile(packagePath("docs", "openapi.json")));
    return new Response(octets, { headers: { "content-type": "application/json" } });
  }
}

function reply({ type, octets, compressed }: PageFile, accepted: string): Response {
  const isCompressed = /\bgzip\b/.test(accepted);
  const headers = {
    "content-type": type,
    "cache-control": "no-cache",
    vary: "accept-encoding",
    ...(isCompressed ? { "content-encoding": "gzip" } : {}),
  };
  return new Response(isCompressed ? compressed : octets, { headers });
}
