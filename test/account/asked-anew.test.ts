/** A request to connect that is asked again: under another name, and after its service has lost it. */
import { acceptConnection, completeConnection, pendingConnections, requestConnection } from "../../src/account/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../harness/suite.ts";
import { ports } from "../kit/household.ts";
import { startPutBackHouse } from "../kit/put-back-house.ts";

const address = "alice@example.com";

describe("a request to connect that is asked again", (it) => {
  it(
    "keeps its name, or says so; --anew asks under the other one, also where the service has lost the first",
    async () => {
      const house = await startPutBackHouse();
      onCleanup(() => house.stop());
      const alice = await house.create("alice", address);
      await house.backUp();
      const dir = house.home("phone");
      const ask = (options: { readonly localName?: string; readonly anew?: boolean }) =>
        requestConnection({ dir, address, serviceUrl: house.service.url, ports, ...options });
      const first = await ask({ localName: "phone" });
      assert.is((await ask({ localName: "phone" })).witness, first.witness);
      assert.is((await ask({})).witness, first.witness);
      const error = await throwsMesh(ask({ localName: "tablet" }), "ERR_EXISTS");
      assert.match(`${error.message} ${error.hint}`, /has asked alice@example\.com already, as phone .*--anew/);
      await house.putBack();
      const waiting = await throwsMesh(completeConnection({ dir, ports }), "ERR_PENDING");
      assert.match(waiting.hint, /device request --anew/);
      assert.is((await ask({})).witness, first.witness, "it cannot know that the service has lost it");
      const second = await ask({ localName: "tablet", anew: true });
      assert.not.equal(second.witness, first.witness);
      await alice.sync();
      const [pending, ...more] = await pendingConnections(alice);
      assert.equal([pending?.witness, pending?.localName, more], [second.witness, "tablet", []]);
      assert.ok(pending);
      await acceptConnection(alice, pending, { roles: ["device"] });
      // An answer that is there is not given up for another request.
      assert.is((await ask({ anew: true })).witness, second.witness);
      const phone = await completeConnection({ dir, waitSeconds: 5, ports });
      onCleanup(() => phone.close());
      assert.equal(phone.roles, ["device"]);
    },
    { timeoutMs: 120_000 },
  );
});
