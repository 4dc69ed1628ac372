/** A house that hears: names, scripted devices and the hub's own orders, the real recogniser, and what its doors are given of it. Nobody confirms what is asked. */
import type { HearRequest, SayRequest, SayResult } from "../../src/api/index.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { loadConfig } from "../../src/config/index.ts";
import type { Principal } from "../../src/hub/command/principal.ts";
import { say } from "../../src/hub/names/say.ts";
import type { UnconfirmedOrder } from "../../src/hub/owner/question.ts";
import type { HubFacade } from "../../src/hub/routes/facade.ts";
import { typed } from "../../src/hub/voice/typed.ts";
import { Voice } from "../../src/hub/voice/voice.ts";
import { isRiskyOrder } from "../../src/schema/index.ts";
import { onCleanup, skipUnless, tempDirectory } from "../harness/suite.ts";
import { eventually } from "./eventually.ts";
import type { Made } from "./made-device.ts";
import { scriptedHub } from "./scripted-hub.ts";
import { speechMissing } from "./spoken-clip.ts";
import { openSpokenHouse } from "./spoken-house.ts";

/** Opens it with these devices; the test is skipped where there is no recogniser. */
export async function openHeardHouse(made: readonly Made[]) {
  const missing = speechMissing();
  skipUnless(missing === undefined, `needs ${missing}`);
  const { names, orders, keeper, devices } = await openSpokenHouse(made);
  const { config } = loadConfig({ file: undefined, env: {}, cwd: tempDirectory(), flags: { "speech.recogniser": "local" } });
  const voice = new Voice({ book: names, config, clock: systemClock, random: systemRandom, log: silentLog });
  voice.start();
  onCleanup(() => voice.stop());
  await eventually("the recogniser is up", () => voice.recogniser?.state === "up");

  /** What the owner's devices are asked. */
  const asked: UnconfirmedOrder[] = [];
  const questions = {
    askOrder: (order: UnconfirmedOrder) => {
      asked.push(order);
      const { command, principal } = order;
      const outcome = new Promise<never>(() => undefined);
      return {
        messageId: "Q",
        kind: "order" as const,
        principal: principal.name,
        about: command,
        asked: "",
        expires: "",
        state: "waiting" as const,
        outcome,
      };
    },
  };
  const does = ({ text, place, home, language }: SayRequest, principal: Principal): Promise<SayResult> =>
    say(text, { principal, book: names.speaking(language), orders, keeper, clock: systemClock, questions }, { place, home });
  // As the hub has it: "yes" answers what was read back.
  const sayAs = (request: SayRequest, principal: Principal): Promise<SayResult> =>
    typed(request, principal, { readBacks: voice.readBacks, book: names.speaking(request.language), say: does });
  const facadeOf = (principal: Principal): HubFacade => ({
    ...scripted,
    as: facadeOf,
    say: (request: SayRequest) => sayAs(request, principal),
    hear: (request: HearRequest) => voice.hear(request, { principal, say: sayAs }),
  });
  const scripted = scriptedHub();
  const hub = { ...scripted, as: facadeOf };
  /** Orders that devices were given and that may do harm. */
  const harmful = (): readonly string[] =>
    devices.orders.flatMap(({ deviceUdf, command, arguments: args }) => {
      const { Class, Properties: properties } = names.describe(deviceUdf) ?? {};
      return isRiskyOrder({ class: Class, command, arguments: args, properties }) ? [`${Class}: ${command}`] : [];
    });
  return { hub, names, voice, devices, asked, harmful };
}
