/**
 * A service, as a process of its own, that dies while stores begin anew: by kill -9, in the middle of a write, or by the loss of its power, with all
 * that was not synchronised. The machine that begins them goes on with the service that comes back, and every other one follows.
 */
import { resolve } from "node:path";
import { type AccountContext, addPlace } from "../../../src/account/index.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import { assert, describe } from "../../harness/suite.ts";
import { freePort } from "../../kit/free-port.ts";
import { startHousehold } from "../../kit/household.ts";
import { killPoints } from "../../kit/kill-points.ts";
import { placesOf } from "../../kit/places-of.ts";
import type { ServiceProcess } from "../../kit/service-process.ts";
import { startServiceProcess } from "../../kit/service-process.ts";

const { first, stride, timeoutMs } = killPoints(15);
const modes = ["power", "torn", "before", "after"] as const;
const labels = ["MMM_Place", "MMM_Device", "MMM_Access"] as const;

describe("a service that dies while stores begin anew", (it) => {
  it(
    "is gone on with where its disk says that it was",
    async () => {
      const port = await freePort();
      let dir = "";
      let service: ServiceProcess | undefined;
      /** @param fault the write in front of which it dies, or in the middle of which, and how */
      const start = async (fault?: { readonly at: number; readonly mode: string }): Promise<ServiceProcess> => {
        const layer = fault ? { NODE_OPTIONS: `--import ${resolve("test/kill/fault-layer.mjs")}`, FAULT: JSON.stringify({ dir, ...fault }) } : {};
        service = await startServiceProcess(["--dir", dir, "--port", String(port)], layer);
        return service;
      };
      const house = await startHousehold(async (place) => {
        dir = place;
        const { url } = await start();
        return { url, stop: async () => service?.end("SIGKILL") };
      });
      const alice = await house.create("alice", "alice@example.com");
      const laptop = await house.join(alice, "laptop", ["web"]);
      await addPlace(alice, { name: "kitchen" });
      let expected: readonly string[] = ["kitchen"];
      let deaths = 0;
      for (let at = first, whole = false; !whole; at += stride) {
        await service?.end("SIGKILL");
        const mode = modes[deaths % modes.length] ?? "power";
        const doomed = await start({ at, mode }).catch(() => undefined);
        // It may have died before it was ready.
        const begun = doomed === undefined ? false : await begin(alice);
        whole = begun;
        if (!whole) deaths += 1;
        await service?.end("SIGKILL");
        await start();
        await alice.sync();
        await alice.resumeEpochs();
        assert.equal(placesOf(alice), expected, `${mode} at write ${at}`);
        const name = `room ${at}`;
        await addPlace(alice, { name });
        expected = [...expected, name].sort();
        await laptop.sync();
        assert.equal(placesOf(laptop), expected, `${mode} at write ${at}`);
        for (const label of ["MMM_Place", "MMM_Device"] as const) assert.is(laptop.sizeOf(label).epoch, alice.sizeOf(label).epoch);
      }
      assert.ok(laptop.sizeOf("MMM_Place").epoch > 0);
      assert.ok(deaths > 3, `it died ${deaths} times`);
      await house.stop();
    },
    { timeoutMs },
  );
});

/** True when the epochs were begun; false when the service died on the way. */
async function begin(context: AccountContext): Promise<boolean> {
  try {
    await context.sync();
    await context.beginEpochs({ reason: "Compact", stores: labels.map((label) => ({ label, keyEpoch: 0 })) });
    return true;
  } catch (error) {
    if (isMeshError(error, "ERR_SERVICE_UNREACHABLE")) return false;
    throw error;
  }
}
