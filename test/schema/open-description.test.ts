/** What a scanned code says of a device: anything that is not the sealed description of that very code is refused alike. */
import { utf8 } from "../../src/base/bytes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { encodeEnvelope, sealEnvelope } from "../../src/dare/index.ts";
import { openDescription } from "../../src/schema/index.ts";
import { describe, throwsMesh } from "../harness/suite.ts";

describe("description of a scanned code", (it) => {
  it("is refused when it is no envelope, sealed under another key, or no description", async () => {
    const key = random.bytes(16);
    const account = "maker@example.com";
    const sealed = encodeEnvelope(sealEnvelope({ plaintext: utf8('{"CommittedDescription":{}}'), symmetricKey: key, random }));
    for (const octets of [utf8("[]"), new Uint8Array(), sealed.subarray(1)]) {
      await throwsMesh(() => openDescription({ sealed: octets, key, account }), "ERR_DESCRIPTION");
    }
    await throwsMesh(() => openDescription({ sealed, key: random.bytes(16), account }), "ERR_DESCRIPTION");
    await throwsMesh(() => openDescription({ sealed, key, account }), "ERR_DESCRIPTION");
  });
});
