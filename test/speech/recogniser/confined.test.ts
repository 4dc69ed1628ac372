/** What the recogniser's process may do: confined.py runs a program that tries to get out, and the doctor's look at it. */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { packagePath } from "../../../src/base/package-root.ts";
import { Helper, recogniserCommand } from "../../../src/speech/recogniser/helper.ts";
import { probeRecogniser } from "../../../src/speech/recogniser/recogniser-probe.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory } from "../../harness/suite.ts";

const python = "/usr/bin/python3";
const confined = packagePath("src", "speech", "recogniser", "confined.py");

/** Each try with what came of it. The first is what it needs, the others are ways out. */
const tries = `
import os, socket, subprocess, sys, threading
secret, port, unix = sys.argv[1:]
def memory():
    handle = os.memfd_create("grammar")
    os.write(handle, b"abc")
    assert open("/proc/self/fd/%d" % handle).read() == "abc"
def thread():
    ran = []
    one = threading.Thread(target=lambda: ran.append(1)); one.start(); one.join()
    assert ran
def unix_socket():
    with socket.socket(socket.AF_UNIX) as one: one.connect(unix)
for name, work in {
    "memory": memory, "thread": thread, "usr": lambda: os.listdir("/usr/lib"), "null": lambda: open("/dev/null", "w"),
    "read": lambda: open(secret).read(), "list": lambda: os.listdir(os.path.dirname(secret)), "write": lambda: open(secret + ".new", "w"),
    "hub": lambda: open("/proc/%d/environ" % os.getppid(), "rb").read(),
    "tcp": lambda: socket.create_connection(("127.0.0.1", int(port)), 5), "unix": unix_socket,
    "program": lambda: subprocess.run(["/usr/bin/true"]), "signal": lambda: os.kill(os.getppid(), 0),
}.items():
    try: work(); print(name, "done")
    except OSError as error: print(name, "refused" if isinstance(error, PermissionError) else error)
`;

describe("the recogniser's process", (it) => {
  it("has what it needs, and no file, network, program or signal beside", async () => {
    skipUnless(existsSync(python), "needs python3");
    const dir = tempDirectory();
    const [secret, program, unix] = [join(dir, "device.json"), join(dir, "tries.py"), join(dir, "hub.sock")];
    writeFileSync(secret, "key");
    writeFileSync(program, tries);
    const servers = [createServer().listen(0, "127.0.0.1"), createServer().listen(unix)];
    onCleanup(() => {
      for (const server of servers) server.close();
    });
    await Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve))));
    const { port } = servers[0]!.address() as { readonly port: number };
    const run = (words: readonly string[]): string[] =>
      spawnSync(python, ["-I", ...words, program, secret, String(port), unix], { encoding: "utf8" })
        .stdout.trim()
        .split("\n");
    const free = run([]);
    assert.equal(
      free.filter((line) => !line.endsWith(" done")),
      [],
      "without it all of them are done",
    );
    const [first = "", ...came] = run([confined]);
    const { held } = JSON.parse(first) as { readonly held: readonly string[] };
    const needed = ["memory done", "thread done", "usr done", "null done"];
    const files = ["read", "list", "write", "hub"];
    const calls = ["tcp", "unix", "program", "signal"];
    skipUnless(held.length === 2, `this machine holds it by ${held.join() || "nothing"}`);
    assert.equal(came, [...needed, ...[...files, ...calls].map((name) => `${name} refused`)]);
  });

  it("says which packages it lacks, and of a signal that ended it that it did", async () => {
    skipUnless(existsSync(python), "needs python3");
    const nowhere = await probeRecogniser([...recogniserCommand.slice(0, -1), tempDirectory()]);
    assert.is(nowhere.state, "unavailable");
    assert.match(nowhere.detail, /python3-pocketsphinx and pocketsphinx-en-us/);
    const told = `console.error("INFO: reads a model"); process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)`;
    assert.is(await new Helper([process.execPath, "-e", told]).ended, "it ended with SIGKILL");
    // What its binding says as it goes is no reason, and hides none.
    const last = "swig/python detected a memory leak of type 'NGramModel *', no destructor found.";
    for (const [own, reason] of [
      ["", "it ended with 1"],
      ["ValueError: a size that is none", "ValueError: a size that is none"],
    ] as const)
      assert.is(await new Helper([process.execPath, "-e", `console.error(${JSON.stringify(`${own}\n${last}`)}); process.exit(1)`]).ended, reason);
  });

  it("says what it lacks to learn voices: numpy, functions of its library, or nothing", async () => {
    skipUnless(existsSync(python), "needs python3");
    const beside = packagePath("src", "speech", "recogniser");
    const lacking = (change: string): unknown =>
      JSON.parse(
        spawnSync(
          python,
          [
            "-I",
            "-B",
            "-c",
            `import sys; sys.path.insert(0, sys.argv[1]); import json, learning, listening; ${change}; import voices; print(json.dumps(voices.lacking()))`,
            beside,
          ],
          { encoding: "utf8" },
        ).stdout,
      );
    const noFunctions = "listening.library_function = lambda *_: None";
    const functions = "listening.library_function = lambda *_: print";
    assert.equal(lacking(`learning.LEARNS = True; ${noFunctions}`), ["library"]);
    assert.equal(lacking(`learning.LEARNS = False; ${functions}`), ["numpy"]);
    assert.equal(lacking(`learning.LEARNS = False; ${noFunctions}`), ["numpy", "library"]);
    assert.equal(lacking(`learning.LEARNS = True; ${functions}`), []);

    const detail = async (lacks: readonly string[]): Promise<string> => {
      const answers = [{ held: ["files", "calls"] }, { id: 0, lacks }].map((answer) => JSON.stringify(answer)).join("\n");
      const { state, detail: told } = await probeRecogniser([process.execPath, "-e", `console.log(${JSON.stringify(answers)})`]);
      assert.is(state, "ready", "it understands without");
      return told;
    };
    assert.match(await detail([]), /, learns voices;/);
    assert.match(await detail(["numpy"]), /learns no voices, for which it needs Debian's package python3-numpy; held/);
    assert.match(await detail(["library"]), /learns no voices, for which it needs the libpocketsphinx3 of Debian's python3-pocketsphinx/);
    assert.match(await detail(["numpy", "library"]), /python3-numpy and the libpocketsphinx3/);
  });
});
