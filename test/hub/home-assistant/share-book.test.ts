/** What is kept of the login and the list of Home Assistant, and who stands behind it. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../../src/base/bytes.ts";
import { systemClock } from "../../../src/base/clock.ts";
import type { MeshError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { authorize } from "../../../src/hub/command/principal.ts";
import { mayRead, principalFor } from "../../../src/hub/home-assistant/home-assistant-principal.ts";
import { ShareBook } from "../../../src/hub/home-assistant/share-book.ts";
import type { CatalogedGrant } from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";

const open = (dir: string): Promise<ShareBook> => ShareBook.open({ dir, clock: systemClock, random: systemRandom, log: silentLog });

describe("Home Assistant: who it is", (it) => {
  it("keeps a digest of the password, lets the newest login in alone, and knows it after a restart", async () => {
    const dir = tempDirectory();
    const book = await open(dir);
    const first = await book.connect();
    const second = await book.connect();
    const path = join(dir, "home-assistant.json");
    assert.ok(!readFileSync(path, "utf8").includes(second.password));
    assert.is(statSync(path).mode & 0o777, 0o600);
    const again = await open(dir);
    const admits = ({ username, password }: { username: string; password: string }) => again.admits({ username, password: utf8(password) });
    assert.equal([admits(first), admits(second), admits({ ...second, password: "" })], [false, true, false]);
    assert.is(again.admits({ username: second.username }), false);
    await again.disconnect();
    assert.is((await open(dir)).admits({ username: second.username, password: utf8(second.password) }), false);
  });

  it("lets nobody in by a file that is damaged, and shares nothing", async () => {
    const dir = tempDirectory();
    const book = await open(dir);
    const login = await book.connect();
    await book.share(["MAAA"], true);
    writeFileSync(join(dir, "home-assistant.json"), '{"version":1,"dev');
    const damaged = await open(dir);
    assert.equal([damaged.username, damaged.devices], [undefined, []]);
    assert.is(damaged.admits({ username: login.username, password: utf8(login.password) }), false);
  });

  it("has a bound on its list", async () => {
    const book = await open(tempDirectory());
    const udfs = Array.from({ length: 1025 }, (_, i) => `M${i}`);
    const error = await throwsMesh(book.share(udfs, true), "ERR_QUOTA");
    assert.ok(error.message.includes("1024"));
    assert.is(book.devices.length, 0);
  });

  it("orders by the list and by grants of its kind, and nothing that opens by either", () => {
    const grant: CatalogedGrant = {
      Key: "N1",
      Kind: "home-assistant",
      LocalName: "assistant",
      Rights: [
        { Allows: "read", Devices: ["MBBB"] },
        { Allows: "command", Devices: ["MBBB"], Risky: true },
      ],
    };
    const refusal = (principal: Principal, { deviceUdf, command, arguments: values }: { deviceUdf: string; command?: string; arguments?: never[] }) =>
      authorize(principal, { deviceUdf, deviceClass: "lock", places: [], command, arguments: values ?? [] }, { standing: "good", now: 0 });
    const rights = { shares: { devices: ["MAAA"] }, grants: { list: () => [grant] }, orders: { refusal: refusal as never } };
    assert.equal(
      ["MAAA", "MBBB", "MCCC"].map((udf) => mayRead(rights, udf)),
      [true, true, false],
    );
    const by = (deviceUdf: string, command: string): readonly [string, string | undefined] => {
      const principal = principalFor(rights, { deviceUdf, command, arguments: [] });
      const refused: MeshError | undefined = refusal(principal, { deviceUdf, command });
      return [principal.id, refused?.code];
    };
    assert.equal(by("MAAA", "Lock"), ["home-assistant", undefined]);
    assert.equal(by("MBBB", "Lock"), ["N1", undefined]);
    assert.equal(by("MAAA", "Unlock"), ["home-assistant", "ERR_CONFIRMATION_NEEDED"]);
    assert.equal(by("MBBB", "Unlock"), ["N1", "ERR_CONFIRMATION_NEEDED"]);
    assert.equal(by("MCCC", "Lock"), ["home-assistant", "ERR_NOT_AUTHORIZED"]);
  });
});
