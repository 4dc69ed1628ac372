/** What cannot be parsed is told by all programs in one shape, as text and as JSON; and each knows its version. */
import { packageVersion } from "../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { run } from "../kit/hub-terminal.ts";
import { machine } from "../kit/meshman-terminal.ts";

describe("arguments of the programs", (it) => {
  const programs = [
    { name: "mesh-hub", tell: (...words: string[]) => run(tempDirectory(), words) },
    { name: "meshman", tell: (...words: string[]) => machine(tempDirectory(), "http://127.0.0.1:1").run(words) },
  ];

  it("have one JSON shape when they are wrong", async () => {
    for (const { name, tell } of programs) {
      for (const words of [["nosuch"], name === "mesh-hub" ? ["devices", "--nosuch"] : ["device", "list", "--nosuch"]]) {
        const { status, stdout, stderr } = await tell(...words, "--json");
        assert.equal([status, stderr], [2, ""], `${name} ${words.join(" ")}`);
        const { success, error, ...rest } = JSON.parse(stdout);
        assert.equal([success, rest], [false, {}]);
        assert.equal(Object.keys(error).sort(), ["code", "detail", "hint", "message"]);
        assert.equal([error.code, /nosuch/.test(error.message)], ["ERR_USAGE", true]);
        const told = await tell(...words);
        assert.match(told.stderr, /^error: .*nosuch.*\nhint: .+\n$/);
      }
    }
  });

  it("give the version", async () => {
    for (const { name, tell } of programs) assert.equal(await tell("--version"), { status: 0, stdout: `${name} ${packageVersion()}\n`, stderr: "" });
  });

  it("never repeat a code", async () => {
    const secret = "EB2T-7BXM-JGRB-WNPE-ZFXQ-O4TH-BE";
    for (const { tell } of programs) {
      for (const json of [[], ["--json"]]) {
        const { stdout, stderr } = await tell(`mcu://maker@example.com/${secret}`, ...json);
        assert.not.match(stdout + stderr, /EB2T/);
      }
    }
  });
});
