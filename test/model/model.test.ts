/**
 * Models that spin looks through, every order of what their actors do: the switch of epochs, the repair of a service that was put back, and signing with
 * the service's share. Each model says where its rules stand in the code.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe } from "../harness/suite.ts";
import { describeModel } from "./spin.ts";

describeModel("the epoch switch", {
  file: "epoch-switch.pml",
  rules: { NO_FORMER: "closed", NO_APEX: "tail", NO_FLOOR: "floor", NO_RIGHT: "met", NO_END: "met", NO_LEAP: "met" },
});

describeModel("a repair", {
  file: "epoch-repair.pml",
  states: 5_000,
  rules: {
    NO_RESTRICTION: "group",
    NO_COMPARE: "ok",
    NO_FIRST: "ok",
    NO_WAIT: "met",
    NO_HEAD: "place",
    NO_RESTATE: "head",
    NO_VERSION: "profile",
    NO_KNOWN: "met",
  },
});

describeModel("epochs that are begun in a false name, and a repair alone", {
  file: "epoch-begin.pml",
  states: 100_000,
  rules: {
    NO_NAME: "bringer",
    NO_SIGNER: "isStuck",
    NO_VERIFY: "signer|isStuck",
    NO_REPLACE: "isStuck",
    NO_ALONE: "isStuck",
    NO_NOTE: "isStuck",
    NO_RELEASE: "alone",
  },
});

describeModel("what is replaced unasked", {
  file: "epoch-shown.pml",
  states: 500,
  rules: { NO_PROOF: "shown", NO_SHOWN: "isOver|isStuck", NO_OWN: "isOver", NO_NAMED: "isStuck", NO_REMOVED: "isTold" },
});

describeModel("epochs that are given back", {
  file: "epoch-give-back.pml",
  states: 2_000,
  rules: {
    NO_OCTETS: "at==4",
    NO_KEEP: "brought",
    NO_COMPARE: "brought",
    NO_RESTRICTION: "brought",
    NO_NAMED: "at==4",
    NO_LATER: "at==4",
    NO_LEFT: "at==4",
    NO_RIGHT: "met",
    NO_ROLLBACK: "met",
  },
});

describeModel("signing with the service's share", {
  file: "signing-session.pml",
  rules: {
    NO_TAKE: "answers",
    NO_DIGEST: "digestOf",
    NO_CALLER: "callerOf",
    NO_BURN: "made",
    NO_LOSS: "answers|made",
    NO_AUDIT: "audited",
    NO_JUDGE: "granted",
  },
});

describe("models", (it) => {
  it("are all looked through, each rule that can be taken out as well", () => {
    const folder = packagePath("test", "model");
    const files = readdirSync(folder);
    const tests = files.filter((name) => name.endsWith(".test.ts")).map((name) => readFileSync(join(folder, name), "utf8"));
    for (const model of files.filter((name) => name.endsWith(".pml"))) {
      const test = tests.find((text) => text.includes(`"${model}"`)) ?? "";
      const text = readFileSync(join(folder, model), "utf8");
      for (const [, rule = ""] of text.matchAll(/^#ifn?def (NO_\w+)/gm))
        assert.match(test, new RegExp(`\\b${rule}\\b`), `${model}: ${rule} is not tried`);
      assert.is.not(test, "", `${model} is not looked through`);
    }
  });
});
