/**
 * README and docs, executed: links lead somewhere, JSON parses, and console transcripts are what the programs print.
 *
 * A transcript is a fenced block of kind `console`. Lines that begin with `$ ` are run by bash, all blocks of one document in order
 * in one directory with an empty home; the lines below are the expected output of both streams, in which a line `...` stands for any
 * lines and `…` for anything within a line. ```console skip: REASON``` is not run, but where it needs a C compiler and one is there.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { parseCommentedJson } from "../../src/config/commented-json.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory } from "../harness/suite.ts";
import { missingForFirmware } from "../kit/firmware.ts";

interface Block {
  readonly info: string;
  readonly text: string;
  readonly line: number;
}

const needsCompiler = "console skip: needs a C compiler";
const hasCompiler = missingForFirmware() === undefined;
const documents = ["README.md", ...readdirSync(packagePath("docs")).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith(".md") && existsSync(packagePath(name)),
);

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\S[^\n]*)\n(.*?)^```$/gms)].map((match) => ({
    info: match[1] ?? "",
    text: match[2] ?? "",
    line: markdown.slice(0, match.index).split("\n").length,
  }));
}

/** An empty home with the programs of this package on the path. */
function workplace(): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  const home = tempDirectory();
  const bin = join(home, ".bin");
  mkdirSync(bin);
  for (const name of ["mesh-hub", "meshman", "mesh-service"]) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec "${process.execPath}" "${packagePath("dist/src/app", `${name}.js`)}" "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { cwd: home, env: { HOME: home, CHECKOUT: packagePath(), PATH: `${bin}:${process.env.PATH}`, NO_COLOR: "1", LANG: "C.UTF-8" } };
}

/** Commands of a transcript with the output that each should have. */
function steps(text: string): { readonly command: string; readonly expected: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const [command = "", ...lines] = step.split("\n");
      return { command, expected: lines.join("\n").trimEnd() };
    });
}

/** True when output is as expected, with `...` and `…` as wildcards. */
function matches(output: string, expected: string): boolean {
  const pattern = expected
    .split("\n")
    .map((line) => (line === "..." ? "(?:.*\n)*?" : `${line.split("…").map(escapeRegExp).join(".*?")}[ ]*\n`))
    .join("");
  return new RegExp(`^${pattern}$`).test(output === "" || output.endsWith("\n") ? output : `${output}\n`) || (expected === "" && output === "");
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** A port of loopback that nobody listens on. */
function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

describe("transcript matching", (it) => {
  it("knows the same from another", () => {
    assert.ok(matches("a\nb\n", "a\nb"));
    assert.ok(matches("a 12 ms\n", "a … ms"));
    assert.ok(matches("x\ny\nz\n", "x\n...\nz"));
    assert.ok(matches("x\nz\n", "x\n...\nz"));
    assert.ok(matches("", ""));
    assert.not.ok(matches("a\nb\n", "a"));
    assert.not.ok(matches("a.b\n", "axb"));
    assert.not.ok(matches("axb\n", "a.b"));
    assert.not.ok(matches("a\n", ""));
  });
});

/** A reader's machine is ready when he reads on; this one may be loaded, so that what is left running must have said something before the pause begins. */
function patient(command: string): string {
  return command.replace(/> (\S+\.log) 2>&1 & (.*); (sleep \d+)$/, (_, log, noted, pause) => {
    const speaks = `for i in $(seq 240); do [ -s ${log} ] && break; sleep 0.25; done`;
    return `> ${log} 2>&1 & ${noted}; ${speaks}; ${pause}`;
  });
}

/** Runs the transcripts of a document in an empty home. */
async function play(name: string, transcripts: readonly Block[]): Promise<void> {
  const place = workplace();
  // What a transcript leaves running, it has written down: after a failure that is ended here.
  onCleanup(() => void spawnSync("bash", ["-c", "test ! -f pids || kill $(cat pids)"], place));
  // The pages name ports that are likely to be free; here they have to be.
  const ports = new Map<string, string>();
  const freed = async (text: string): Promise<string> => {
    for (const [port] of text.matchAll(/\b289\d\d\b/g)) if (!ports.has(port)) ports.set(port, String(await freePort()));
    return text.replace(/\b289\d\d\b/g, (port) => ports.get(port) ?? port);
  };
  for (const block of transcripts) {
    for (const { command: written, expected } of steps(await freed(block.text))) {
      const command = patient(written);
      // What is left running holds no pipe of ours, on which this would wait.
      const run = spawnSync("bash", ["-c", `${command} 2>&1`], { ...place, encoding: "utf8", timeout: 120_000, stdio: ["ignore", "pipe", "ignore"] });
      // What takes more than a second says so, which depends on the machine.
      const shown = run.stdout.replace(/^[a-z][^\n]* \.\.\.\n/gm, "");
      assert.ok(
        matches(run.stdout, expected) || matches(shown, expected),
        `${name}:${block.line}: $ ${command}\nexpected:\n${expected}\ngot:\n${run.stdout}`,
      );
    }
  }
}

describe("documents", (it) => {
  for (const name of documents) {
    const markdown = readFileSync(packagePath(name), "utf8");

    it(`${name}: links lead somewhere`, () => {
      const text = markdown.replace(/^```.*?^```$/gms, "");
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^(https?:|mailto:|#)/.test(target)) continue;
        const path = join(dirname(packagePath(name)), target.replace(/#.*/, ""));
        assert.ok(existsSync(path), `${name} links to ${target}`);
      }
    });

    it(`${name}: JSON parses`, () => {
      for (const block of blocksOf(markdown)) if (/^jsonc?$/.test(block.info)) parseCommentedJson(block.text, `${name}:${block.line}`);
    });

    const transcripts = blocksOf(markdown).filter(({ info }) => info === "console" || (info.startsWith(needsCompiler) && hasCompiler));
    if (transcripts.length === 0) continue;
    it(
      `${name}: transcripts are what happens`,
      async () => {
        skipUnless(existsSync(packagePath("dist/src/app/mesh-hub.js")), "needs npm run build");
        await play(name, transcripts);
      },
      { timeoutMs: 240_000 },
    );
  }
});
