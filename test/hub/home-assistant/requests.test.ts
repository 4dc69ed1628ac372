/** A flood of messages of Home Assistant: read up to a bound, told its figure once a second, by a clock that stands. */
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { silentLog } from "../../../src/base/log.ts";
import { HomeAssistantRequests } from "../../../src/hub/home-assistant/requests.ts";
import { assert, describe } from "../../harness/suite.ts";

describe("Home Assistant: a flood", (it) => {
  it("is read up to its bound and then told the figure", async () => {
    let monotonic = 0;
    const clock = { now: () => 0, monotonic: () => monotonic, sleep: async () => undefined };
    const said: string[] = [];
    const publish = async ({ payload }: { readonly payload: Uint8Array }): Promise<void> => void said.push(fromUtf8(payload));
    const options = {
      broker: { publish },
      publisher: { device: () => undefined, list: () => [], repeat: async () => undefined },
      clock,
      log: silentLog,
    };
    const requests = new HomeAssistantRequests(options as never);
    const message = { topic: "mesh/MNONE/set", payload: utf8("{}"), from: "flooder" };
    const told = (word: string): number => said.filter((text) => text.includes(word)).length;
    for (let i = 0; i < 600; i++) requests.take(message);
    await new Promise((resolve) => setImmediate(resolve));
    // What is answered has a bound of its own.
    assert.equal([told("no device"), told("50 messages a second")], [100, 1]);
    monotonic += 1000;
    for (let i = 0; i < 60; i++) requests.take(message);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal([told("no device"), told("50 messages a second")], [120, 2]);
    // The hub's own messages are none of Home Assistant's.
    requests.take({ topic: message.topic, payload: message.payload });
    assert.is(said.length, 122);
  });
});
