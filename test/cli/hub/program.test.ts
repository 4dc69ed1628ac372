/** mesh-hub as a user meets it: arguments in, text and exit status out; a hub that is there, one that is not, and one that is set up. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attend, issuePin } from "../../../src/account/index.ts";
import type { DeviceView } from "../../../src/api/index.ts";
import { writeQrPng } from "../../../src/codec/qr/index.ts";
import { writeWav } from "../../../src/speech/sound/clip.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { startHousehold } from "../../kit/household.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";
import { scriptedHouse, statusOf } from "../../kit/scripted-hub.ts";

const bulb: DeviceView = {
  udf: "MAAA-BULB",
  name: "kitchen\u001b[31m light",
  place: ["House", "Kitchen"],
  class: "light",
  manufacturer: "m",
  model: "l",
  status: "Online",
  lastContact: "2026-05-01T12:00:00Z",
  restored: true,
  own: true,
  connected: true,
  says: "hub",
  values: [{ name: "On", value: true }],
  shown: ["on"],
  properties: [{ name: "On", type: "boolean", writable: true }],
  commands: [{ name: "Set", arguments: ["On"] }],
};

describe("mesh-hub", (it) => {
  it("says that no hub runs, and how to start this one", async () => {
    const dir = tempDirectory();
    for (const words of [["devices"], ["status"], ["say", "turn on the light"], ["onboard", "mcu://maker@example.com/EAAA"]]) {
      const { status, stderr } = await run(dir, [...words, "--state-dir", dir]);
      assert.is(status, 69, words.join(" "));
      assert.match(stderr, /^error: no hub answers at .*hub\.sock\nhint: start it with 'mesh-hub run --state-dir /m);
      assert.not.match(stderr, /\n\s+at /);
    }
  });

  it("lists devices on a pipe with tabs, and shows control characters instead of sending them", async () => {
    const dir = await withHub({ devices: () => [bulb] });
    const { status, stdout } = await run(dir, ["devices"]);
    assert.is(status, 0);
    assert.is(
      stdout,
      "kitchen\\x1b[31m light\tHouse / Kitchen\tlight\tonline (values from before the start)\ton\thub\t2026-05-01T12:00:00Z\tMAAA-BULB\n",
    );
    const json = JSON.parse((await run(dir, ["devices", "--json"])).stdout) as { success: boolean; devices: DeviceView[] };
    assert.equal(json.devices, [bulb]);
  });

  it("does what is said to the hub's own microphone", async () => {
    const asked: unknown[] = [];
    const dir = await withHub({
      listen: async (request) => {
        asked.push(request);
        return { heard: "kitchen light on", said: { kind: "done", text: "kitchen light is on", targets: [] } };
      },
    });
    const { status, stdout, stderr } = await run(dir, ["listen", "--hub", "--place", "NKITCHEN", "--conversation", "C"]);
    assert.equal({ status, stdout, stderr }, { status: 0, stdout: "kitchen light is on\n", stderr: "speak now\nheard: kitchen light on\n" });
    assert.equal(asked, [{ place: "NKITCHEN", conversation: "C" }]);
  });

  it("tells whoever waits with a clip that the recogniser starts, and nothing where there is an answer or it has started", async () => {
    let answers = (): void => undefined;
    for (const state of ["down", "up"] as const) {
      let looked = 0;
      const dir = await withHub({
        hear: async () => {
          const waits = new Promise<void>((resolve) => {
            answers = resolve;
          });
          await waits;
          return { heard: "kitchen light on", said: { kind: "done", text: "kitchen light is on", targets: [] } };
        },
        status: () => {
          looked += 1;
          if (state === "up") setTimeout(answers, 50);
          return { ...statusOf(), media: [{ name: "speech", state, detail: "it learns the names of the house" }] };
        },
      });
      const clip = join(dir, "clip.wav");
      writeFileSync(clip, writeWav(new Int16Array(16_000)));
      const told = state === "down" ? "the recogniser is not ready yet: it learns the names of the house\n" : "";
      const { stderr } = await run(dir, ["hear", clip], { onSaid: () => answers() });
      assert.equal([stderr, looked], [`${told}heard: kitchen light on\n`, 1]);
    }
  });

  it("does what is said, and ends with a status that tells", async () => {
    const languages: unknown[] = [];
    const main = (place: string) => ({ udf: `MAAA-${place}`, name: "main", place: [place], class: "light", sentence: `${place} main on` });
    const dir = await withHub({
      hear: async () => ({
        heard: "light to 40",
        why: "numbers are easily misheard",
        said: { kind: "question", text: 'did you mean "light to 40"?', candidates: [], answers: { yes: "yes", no: "no", withinMs: 30_000 } },
      }),
      say: async ({ text, language }) => {
        languages.push(language);
        return text === "main on"
          ? { kind: "question", text: "which one: main (Hall) or main (Kitchen)?", candidates: [main("Hall"), main("Kitchen")] }
          : text === "xyzzy"
            ? { kind: "unknown", text: "that is not a command known here", suggestions: ["turn on the kitchen light"] }
            : text === "mumble"
              ? { kind: "unknown", text: "that is not a command known here", suggestions: [] }
              : text === "oven on"
                ? {
                    kind: "failed",
                    text: "oven refused: it runs a programme",
                    targets: [{ udf: "MAAA", name: "oven", result: "Reject", text: "oven refused", values: [] }],
                  }
                : { kind: "done", text: "kitchen light is on", targets: [] };
      },
    });
    assert.equal(await run(dir, ["say", "turn", "on", "the", "kitchen", "light"]), { status: 0, stdout: "kitchen light is on\n", stderr: "" });
    const question = await run(dir, ["say", "main on"]);
    assert.is(question.status, 64);
    assert.match(
      question.stderr,
      /^which one: main \(Hall\) or main \(Kitchen\)\?\nnext: say which one, for example: Hall main on; Kitchen main on\n$/,
    );
    const clip = join(dir, "clip.wav");
    writeFileSync(clip, writeWav(new Int16Array(16_000)));
    const heard = await run(dir, ["hear", clip]);
    assert.is(heard.status, 64);
    assert.match(
      heard.stderr,
      /^heard: light to 40 \(asked back: numbers are easily misheard\)\ndid you mean .*\nnext: mesh-hub say yes, or mesh-hub say no, within 30 s\n$/,
    );
    assert.match(
      (await run(dir, ["hear", clip, "--conversation", "the kitchen"])).stderr,
      /\nnext: mesh-hub say yes --conversation "the kitchen", or mesh-hub say no --conversation "the kitchen", within 30 s\n$/,
    );
    const { error } = JSON.parse((await run(dir, ["hear", clip, "--json"])).stdout) as { error: { code: string } };
    assert.is(error.code, "ERR_AMBIGUOUS");
    const { status: noFile, stderr } = await run(dir, ["hear", "nowhere.wav"]);
    assert.equal([noFile, stderr.split("\n")[0]], [66, "error: there is no file nowhere.wav"]);
    await run(dir, ["say", "Lampe an", "--language", "de"]);
    assert.is(languages.at(-1), "de");
    assert.equal(await run(dir, ["say", "oven on"]), {
      status: 65,
      stdout: "",
      stderr: "error: oven refused: it runs a programme\nhint: the device itself has refused it\n",
    });
    assert.match((await run(dir, ["say", "mumble"])).stderr, /\nhint: 'mesh-hub devices' shows what is called how/);
    const unknown = await run(dir, ["say", "xyzzy", "--json"]);
    assert.is(unknown.status, 65);
    assert.is((JSON.parse(unknown.stdout) as { success: boolean }).success, false);
  });

  it("lists scenes with what each does, and says how one is made", async () => {
    const order = { device: "MAAA-BULB", name: "kitchen\u001b light", command: "Set", values: [], shown: ["off"] };
    const evening = { key: "SAAA-BBBB-CCCC-DDDD", name: "evening", orders: [order, { ...order, name: "hall light", shown: [] }] };
    const dir = await withHub({ house: () => scriptedHouse({ scenes: () => [evening] }) });
    assert.is((await run(dir, ["scenes"])).stdout, "evening\tkitchen\\x1b light: off; hall light: Set\tSAAA-BBBB-CCCC\n");
    assert.equal(JSON.parse((await run(dir, ["scenes", "--json"])).stdout), { success: true, scenes: [evening] });
    const none = await run(await withHub(), ["scenes"]);
    assert.equal([none.status, none.stdout], [0, ""]);
    assert.match(none.stderr, /^no scenes; 'meshman scene add'/);
  });

  it("shows an onboarding step by step, reads the code from a picture, and fails with the step and the remedy", async () => {
    const seen: string[] = [];
    const asked: unknown[] = [];
    const dir = await withHub({
      async *onboard({ uri, ...names }) {
        seen.push(uri);
        asked.push(names);
        yield { step: "scan", state: "done", message: "code of maker@example.com" };
        if (uri.endsWith("LOST"))
          yield {
            step: "find",
            state: "failed",
            message: "no device with this code is near",
            error: { code: "ERR_DEVICE_NOT_FOUND", message: "x", hint: "power it" },
          };
        else yield { step: "register", state: "done", message: "registered", deviceUdf: "MAAA-BULB", name: "kitchen light" };
      },
    });
    writeFileSync(join(dir, "bulb.png"), writeQrPng("mcu://maker@example.com/EAAA"));
    const done = await run(dir, ["onboard", "bulb.png", "--name", "kitchen light"]);
    assert.equal(seen, ["mcu://maker@example.com/EAAA"]);
    assert.is(done.stdout, "connected kitchen light  MAAA-BULB\n");
    assert.match(done.stderr, /scan +done: code of maker/);
    const elsewhere = await run(dir, [
      "onboard",
      "bulb.png",
      "--place",
      "hall",
      "--state-dir",
      dir,
      "--set",
      "mqtt.port=1884",
      "--verbose",
      "--json",
    ]);
    assert.is(elsewhere.status, 0, `flags of the program itself are not the hub's business: ${elsewhere.stdout}`);
    assert.equal(asked, [{ name: "kitchen light" }, { place: "hall" }]);
    const lost = await run(dir, ["onboard", "mcu://maker@example.com/LOST"]);
    assert.is(lost.status, 69);
    assert.match(lost.stderr, /error: find: no device with this code is near\nhint: power it/);
    assert.is((await run(dir, ["onboard", "missing.png"])).status, 66);
  });

  it("shows health first, and fails when no device can be reached by any medium", async () => {
    const sick = statusOf({
      media: [{ name: "mqtt", state: "down", detail: "no broker" }],
      service: { url: "x", reachable: false, reason: "refused" },
    });
    const { status, stdout } = await run(await withHub({ status: () => sick }), ["status"]);
    assert.is(status, 69);
    assert.match(stdout, /^! the service does not answer \(refused\)/);
    assert.match(stdout, /! mqtt is down: no broker/);
    assert.is((await run(await withHub(), ["status"])).status, 0);
  });

  it("shows what the service was caught at until it is cleared", async () => {
    const caught = { ...statusOf(), service: { ...statusOf().service, alarm: "ERR_FORK: two histories" } };
    const dir = await withHub({ status: () => caught, clearAlarm: async () => ({ cleared: "ERR_FORK: two histories" }) });
    const shown = await run(dir, ["alarm"]);
    assert.is(shown.status, 77);
    assert.is(shown.stdout, "ERR_FORK: two histories\n");
    assert.match(shown.stderr, /hint: .*mesh-hub alarm --clear/);
    assert.match((await run(dir, ["status"])).stdout, /! the service cannot be trusted .*mesh-hub alarm/);
    assert.equal(await run(dir, ["alarm", "--clear"]), { status: 0, stdout: "cleared: ERR_FORK: two histories\n", stderr: "" });
    assert.is((await run(await withHub(), ["alarm"])).stdout, "no alarm\n");
  });

  it("shows its commands when it is given none, and refuses empty words", async () => {
    const dir = await withHub();
    const alone = await run(dir, []);
    assert.is(alone.status, 0);
    assert.match(alone.stdout, /^Usage: mesh-hub/);
    assert.is(alone.stderr, "");
    assert.match((await run(dir, ["config"])).stderr, /error: a command is missing\n/);
    for (const [name, words] of [
      ["CODE", ["onboard", ""]],
      ["WORDS", ["say", " "]],
      ["--state-dir", ["status", "--state-dir", ""]],
      ["--config", ["status", "--config", ""]],
      ["--set", ["status", "--set", ""]],
      ["--pin", ["init", "--pin", ""]],
      ["--service", ["init", "--service", ""]],
      ["--account", ["init", "--account", ""]],
      ["FILE", ["config", "check", ""]],
    ] as const) {
      const { status, stderr } = await run(dir, words);
      assert.is(status, 2, words.join(" "));
      assert.ok(stderr.startsWith(`error: ${name} is empty\nhint: see 'mesh-hub ${words[0]}`), stderr);
    }
  });

  it("says of a file that is no picture what it looks like", async () => {
    const dir = await withHub();
    writeFileSync(join(dir, "code.png"), new Uint8Array([0xff, 0xd8, 0xff, 0xe0]));
    writeFileSync(join(dir, "code.txt"), "mcu://maker@example.com/EAAA\n");
    writeFileSync(join(dir, "empty"), "");
    writeFileSync(join(dir, "factory.jbcd"), new Uint8Array([0x7b, 0x80, 0x01, 0xe9, 0x88, 0xff]));
    writeFileSync(join(dir, "letter"), `${"x".repeat(511)}ü, and so on`);
    for (const [file, what] of [
      ["code.png", /code\.png is no PNG picture: it looks like a JPEG picture/],
      ["code.txt", /it looks like text with a code/],
      ["empty", /it looks like an empty file/],
      ["factory.jbcd", /it looks like binary data/],
      ["letter", /it looks like text$/m],
    ] as const) {
      const { status, stderr } = await run(dir, ["onboard", file]);
      assert.is(status, 65);
      assert.match(stderr, what);
      assert.match(stderr, /hint: give the device's code\.png/);
    }
  });

  it("init makes the directory of a configuration that 'mesh-hub install' would have made, for everybody to read, and says what to do where it may not", async () => {
    const dir = tempDirectory();
    const file = join(dir, "etc", "mesh-hub", "hub.config.json");
    const { stderr } = await run(dir, ["init", "--config", file, "--state-dir", "state"]);
    assert.match(stderr, new RegExp(`^wrote ${file}`, "m"));
    assert.equal(
      [join(dir, "etc"), join(dir, "etc", "mesh-hub"), file].map((path) => statSync(path).mode & 0o777),
      [0o755, 0o755, 0o644],
    );
    const refused = await run(dir, ["init", "--config", "/proc/mesh-hub/hub.config.json", "--state-dir", "state"]);
    assert.match(refused.stderr, /\/proc/);
    assert.match(refused.stderr, /^hint: name a --config where you may write, or use sudo/m);
    writeFileSync(join(dir, "taken"), "");
    assert.match((await run(dir, ["init", "--config", "taken/hub.config.json"])).stderr, /taken is not a directory\nhint: name a --config/);
  });

  it("warns when the configuration names another state directory than the one that is used", async () => {
    const dir = await withHub();
    const { status, stderr } = await run(dir, ["init", "--state-dir", "other"]);
    assert.is(status, 2);
    assert.match(stderr, /warning: .*hub\.config\.json names the state directory \S+, not \S+other\nhint: set "stateDir"/);
    assert.not.match((await run(dir, ["init", "--state-dir", "."])).stderr, /warning/);
  });

  it("checks and shows the configuration", async () => {
    const dir = tempDirectory();
    const file = join(dir, "hub.config.json");
    writeFileSync(file, '{ "mqtt": { "prot": 1884 } }');
    const bad = await run(dir, ["config", "check", file]);
    assert.is(bad.status, 78);
    assert.match(bad.stderr, /mqtt\.prot: unknown key; the nearest is "port"/);
    writeFileSync(file, '{ "mqtt": { "port": 1884 } }');
    assert.is((await run(dir, ["config", "check", file])).status, 0);
    const shown = await run(dir, ["config", "show", "--origin", "--set", "log.level=warn"]);
    assert.match(shown.stdout, new RegExp(`mqtt.port\t1884\t${file}`));
    assert.match(shown.stdout, /log\.level\twarn\tflag/);
  });

  it("tells what the doctor found, and what install does", async () => {
    const dir = tempDirectory();
    const findings = [
      { name: "disk", state: "ok" as const, message: "9 MiB free" },
      { name: "account", state: "failure" as const, message: "none", hint: "run 'mesh-hub init'" },
      { name: "names", state: "warning" as const, message: "2 are doubtful", details: ["a", "b"], hint: "rename them" },
    ];
    const { status, stdout } = await run(dir, ["doctor"], { actions: { doctor: async () => findings } });
    assert.is(status, 69);
    assert.match(stdout, /FAILURE {2}account: none\n +run 'mesh-hub init'/);
    assert.match(stdout, /warning {2}names: 2 are doubtful\n +- a\n +- b\n +rename them\n/);
    const json = await run(dir, ["doctor", "--json"], { actions: { doctor: async () => findings } });
    assert.is((JSON.parse(json.stdout) as { success: boolean }).success, false);
    const well = await run(dir, ["doctor", "--json"], { actions: { doctor: async () => findings.slice(0, 1) } });
    assert.equal([well.status, (JSON.parse(well.stdout) as { success: boolean }).success], [0, true]);
    assert.match((await run(dir, ["install", "--dry-run"])).stdout, /mesh-hub\.service/);
  });

  it("explains wrong arguments without a stack trace", async () => {
    const dir = tempDirectory();
    for (const argv of [["onbord", "x"], ["onboard"], ["say"], ["devices", "--nope"], ["devices", "--set", "nonsense"]]) {
      const { status, stderr } = await run(dir, argv);
      assert.is(status, 2, argv.join(" "));
      assert.match(stderr, /error: /);
      assert.match(stderr, /hint: /);
    }
    assert.is((await run(dir, ["--help"])).status, 0);
  });

  it("joins an account by PIN: writes the configuration, checks the account, and is idempotent", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    const dir = tempDirectory();
    const url = house.service.url;
    const wrong = await run(dir, ["init", "--pin", "mcu://maker@example.com/NOTACODE", "--service", url]);
    assert.is(wrong.status, 65);
    assert.not(existsSync(join(dir, "hub.config.json")), "a wrong code leaves nothing behind");
    const { uri } = await issuePin(alice, { roles: ["hub"], minutes: 5 });
    const spent = await issuePin(alice, { roles: ["hub"], minutes: 5 });
    const other = spent.uri.replace(/\?udf=.*/, "?udf=MBPZ-5TDK-LHTV-RGUZ-7RGF-MYM3-CM4N");
    assert.is(
      (await run(tempDirectory(), ["init", "--pin", other, "--service", url, "--state-dir", "state"])).status,
      77,
      "another account than the code names",
    );
    const early = await run(dir, ["init", "--pin", uri, "--service", url, "--state-dir", "state", "--wait", "0"]);
    assert.is(early.status, 75);
    assert.match(early.stderr, /the owner has not answered yet\nhint: accept it/);
    await alice.sync();
    await attend(alice, { claim: false });
    // As a person does it: the last line again.
    const done = await run(dir, ["init", "--pin", uri, "--service", url, "--state-dir", "state", "--wait", "0", "--json"]);
    assert.is(done.status, 0, done.stderr);
    assert.equal((JSON.parse(done.stdout) as { roles: string[] }).roles, ["hub"]);
    assert.is(statSync(join(dir, "state")).mode & 0o777, 0o700);
    assert.match(readFileSync(join(dir, "hub.config.json"), "utf8"), /"stateDir": ".*state"/);
    assert.is((await run(dir, ["init"])).status, 0, "again is no error");
    const elsewhere = await run(dir, ["init", "--set", `stateDir=${join(dir, "elsewhere")}`]);
    assert.is.not(elsewhere.status, 0, "--set counts here, too: nothing has joined there");
    assert.is((await run(dir, ["init", "--pin", uri])).status, 73);
  });

  it("does not become a hub with the rights of something else", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    const { uri } = await issuePin(alice, { roles: ["device"], minutes: 5 });
    const dir = tempDirectory();
    const joining = run(dir, ["init", "--pin", uri, "--service", house.service.url, "--state-dir", "state", "--wait", "20"]);
    await eventually("its request is answered", async () => {
      await alice.sync();
      return (await attend(alice, { claim: false })).length > 0;
    });
    const { status, stderr } = await joining;
    assert.is(status, 77);
    assert.match(stderr, /roles device, and not hub/);
  });
});
