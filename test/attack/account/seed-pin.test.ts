/** A PIN that gives the seed, as another administrator has it before it: in MMM_Local, which it reads. */

import { administratorOf } from "../../../src/account/context/administrator.ts";
import { attend, completeConnection, issuePin, requestConnection } from "../../../src/account/index.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import { parseConnectUri } from "../../../src/crypto/index.ts";
import { MessagePin, openObject } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";

describe("attack: another administrator and a PIN that gives the seed", (it) => {
  it("does not read it, and neither answers nor refuses who comes with it; the machine that issued it does", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    const laptop = await house.join(alice, "laptop", ["admin"]);
    const { uri } = await issuePin(alice, { roles: ["admin", "super"], minutes: 10 });
    await laptop.sync();
    const read: string[] = [];
    for await (const { envelope, messageType } of laptop.messages("MMM_Local", 0)) {
      if (messageType !== MessagePin.tag) continue;
      try {
        read.push(...(openObject(MessagePin, envelope, [administratorOf(laptop).encryption, laptop.keys.encryption]).Roles ?? []));
      } catch (error) {
        assert.ok(isMeshError(error));
      }
    }
    assert.equal(read, ["admin"], "the PIN by which it came itself");
    const { code } = parseConnectUri(uri);
    const dir = house.home("safe");
    await requestConnection({ dir, address: alice.address, pin: code, accountUdf: alice.accountUdf, serviceUrl: house.service.url, ports });
    await laptop.sync();
    const kinds = (await attend(laptop, { claim: false })).map(({ kind }) => kind);
    assert.not(kinds.includes("connected") || kinds.includes("refused"), kinds.join(" "));
    await alice.sync();
    await attend(alice, { claim: false });
    const safe = await completeConnection({ dir, waitSeconds: 5, ports });
    onCleanup(() => safe.close());
    assert.is(safe.keys.accountSeed, alice.keys.accountSeed);
  });
});
