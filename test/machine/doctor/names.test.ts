/** The doctor and the names of the house, where this machine hears by itself: asked of the hub that runs, which knows them. */
import { systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { type DoctorFinding, diagnose } from "../../../src/machine/doctor/doctor.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { withHub } from "../../kit/hub-terminal.ts";
import { scriptedHouse } from "../../kit/scripted-hub.ts";

async function findingIn(dir: string, recogniser: "off" | "local"): Promise<DoctorFinding | undefined> {
  const flags = { stateDir: dir, "mqtt.enabled": false, "tcp.enabled": false, "mdns.announce": false, "speech.recogniser": recogniser };
  const loaded = loadConfig({ file: undefined, env: {}, cwd: dir, flags });
  const ports = { clock: systemClock, random: systemRandom, log: silentLog };
  return (await diagnose({ loaded, ports })).find(({ name }) => name === "names said aloud");
}

const name = "names said aloud";

describe("doctor: names said aloud", (it) => {
  it("lists those that are heard badly, with how many others there are, and what to do", async () => {
    const told = { doubts: ['"a" sounds like "b"', '"c" cannot be said'], more: 12, remedies: ["rename them", "install it"] };
    const dir = await withHub({ house: () => scriptedHouse({ namesInDoubt: async () => told }) });
    assert.equal(await findingIn(dir, "local"), {
      name,
      state: "warning",
      message: "14 are doubtful",
      details: [...told.doubts, "and 12 more"],
      hint: "rename them; install it",
    });
    assert.is((await findingIn(dir, "off"))?.state, "ok");
  });

  it("says that all is well, and that nobody was asked where no hub runs", async () => {
    assert.equal(await findingIn(await withHub(), "local"), { name, state: "ok", message: "each can be said, and none sounds like another one" });
    const namesInDoubt = async () => {
      throw new MeshError("ERR_ADAPTER", "no dictionary of sounds at /usr/share");
    };
    const without = await withHub({ house: () => scriptedHouse({ namesInDoubt }) });
    assert.equal(await findingIn(without, "local"), { name, state: "ok", message: "not looked at: no dictionary of sounds at /usr/share" });
    assert.match((await findingIn(tempDirectory(), "local"))?.message ?? "", /^not looked at: no hub runs/);
  });
});
