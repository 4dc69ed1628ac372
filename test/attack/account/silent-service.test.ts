/** A service of somebody else that takes a question and never answers: the machine that asks is its owner's again soon. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";

describe("somebody else's service that never answers", (it) => {
  it("is asked once, and other commands get their turn meanwhile", async () => {
    let asked = 0;
    const silent = createServer(() => void asked++).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const house = await startHousehold();
    onCleanup(async () => {
      silent.closeAllConnections();
      silent.close();
      await house.stop();
    });
    const alice = machine(house.home("alice"), house.service.url);
    await alice.does("account", "create", "alice@example.com");
    const peer = `silent.example=http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const hung = alice.fails(69, "--peer", peer, "contact", "add", "mallet@silent.example");
    await once(silent, "request");
    await alice.does("contact", "list");
    await hung;
    assert.is(asked, 1);
  });
});
