/** What a wait for stores asks of a service. */
import { waitForStores } from "../../src/account/context/store-wait.ts";
import { WaitPace } from "../../src/account/context/wait-pace.ts";
import { LastStatus } from "../../src/account/store/last-status.ts";
import { OwnGrowth } from "../../src/account/store/own-growth.ts";
import type { Stores } from "../../src/account/store/stores.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { MeshClient, StatusRequest, StatusResponse } from "../../src/protocol/index.ts";
import { defaultLimits } from "../../src/provider/limits.ts";
import { stateSequence } from "../../src/schema/index.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";

describe("a wait for stores", (it) => {
  it("asks for the frames of no more stores along with news than a service gives at once, however many hubs have written states", async () => {
    const hubs = Array.from({ length: 80 }, (_, at) =>
      stateSequence(`MAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA${"ABCDEFGHIJ"[Math.floor(at / 8)]}${"ABCDEFGH"[at % 8]}`),
    );
    const copy = (label: string) => ({ label, epoch: 0, count: 3, treeDigest: undefined });
    const clock = new ManualClock();
    const copies = {
      catalogs: new Map(["MMM_State", ...hubs].map((label) => [label, copy(label)])),
      spools: new Map([["MMM_Command", copy("MMM_Command")]]),
      own: new OwnGrowth(),
      last: new LastStatus(clock),
    } as unknown as Stores;
    let asked: StatusRequest | undefined;
    const client = {
      status: async (request: StatusRequest): Promise<StatusResponse> => {
        asked = request;
        return { Status: 201, ContainerStatus: [], Time: "2026-01-01T00:00:00Z" } as unknown as StatusResponse;
      },
    } as unknown as MeshClient;
    const pace = new WaitPace({ clock, random: systemRandom });
    await waitForStores({ client, address: "alice@example.com", copies, pace }, { stores: ["MMM_Command", "MMM_State"], seconds: 1 });
    const selected = (asked?.Select ?? []).map(({ Container }) => Container);
    assert.is(asked?.Known?.length, 82, "it waits for all of them");
    assert.is(selected.length, defaultLimits.messages);
    assert.equal(selected.slice(0, 2), ["MMM_Command", "MMM_State"]);
  });
});
