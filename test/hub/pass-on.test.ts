/** What a sync brought reaches every part of the hub, whatever the file of pages says. */
import { MeshError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import { passOn } from "../../src/hub/parts/pass-on.ts";
import { assert, describe } from "../harness/suite.ts";

describe("hub: what a sync brought", (it) => {
  it("reaches all others when a full disk takes no list of who is signed in", async () => {
    const told: string[] = [];
    const part = (name: string, more: object = {}) => ({
      changed: () => told.push(name),
      onSync: async () => told.push(name),
      nudge: () => told.push(name),
      ...more,
    });
    const door = { onSync: () => Promise.reject(new MeshError("ERR_DISK_FULL", "no room for web.json")) };
    const errors: string[] = [];
    const log = { ...silentLog, error: (event: string) => errors.push(event) };
    const named = [
      "publisher",
      "onboarding",
      "joins",
      "guests",
      "remote",
      "bridges",
      "homeAssistant",
      "matter",
      "questions",
      "networks",
      "automations",
    ];
    const parts = {
      ...Object.fromEntries(named.map((name) => [name, part(name)])),
      book: part("book", { device: () => undefined }),
      keeper: { shadows: () => [] },
      voice: { namesChanged: () => told.push("voice") },
      door,
      log,
    };
    await passOn([{ store: "MMM_Device" }] as unknown as Parameters<typeof passOn>[0], parts as unknown as Parameters<typeof passOn>[1]);
    assert.equal(told.sort(), [...named, "book", "voice"].sort());
    assert.equal(errors, ["web.credentials.unwritten"]);
  });
});
