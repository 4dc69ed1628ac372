/**
 * What opens, heats, silences or moves is never done by what somebody says. 200 texts as a recogniser hands them over, through the
 * principals of every door: each risky order that is understood is put before the owner's devices, by the names of device and order, and not given.
 */
import { systemClock } from "../../../src/base/clock.ts";
import { checkDevices } from "../../../src/hub/automation/check-automation.ts";
import { grantPrincipal } from "../../../src/hub/command/principal.ts";
import { say } from "../../../src/hub/names/say.ts";
import type { UnconfirmedOrder } from "../../../src/hub/owner/question.ts";
import { isRisky, isRiskyOrder } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { make } from "../../kit/made-device.ts";
import { openSpokenHouse } from "../../kit/spoken-house.ts";

const orders: readonly string[] = [
  "unlock the front door",
  "front door unlock",
  "open the big gate",
  "open the garage door",
  "bake the lasagne",
  "turn on the smoothie maker",
  "disarm the house alarm",
  "set the big heater to thirty five degrees",
  "open the water valve",
  "unlock all locks",
];
const frames: readonly string[] = [
  "…",
  "please …",
  "hey … please",
  "could you … now",
  "… and turn on the kitchen light",
  "turn on the kitchen light and …",
  "turn off the kitchen light and then …",
  "… in ten minutes",
  "… at seven",
  "… every day at 7",
  "… for ten minutes",
  "when the kitchen light is on …",
  "… if the kitchen light is on",
  "um …",
  "… …",
  "yes …",
  "i said …",
  "computer …",
  "… thank you",
  "okay … okay",
];
const doors = ["satellite", "home-assistant", "mqtt", "matter", "guest", "token", "page"] as const;

describe("hub: risky orders by speech", (it) => {
  const texts = frames.flatMap((frame) => orders.map((order) => frame.replaceAll("…", order)));

  it("0 of 200 texts are carried out by any door; what is understood is asked with device and order", async () => {
    assert.is(new Set(texts).size, 200);
    const made = [
      make("lock", { name: "front door", place: "hall" }),
      make("garage-door", { name: "big gate", place: "hall" }),
      make("blender", { name: "smoothie maker", place: "kitchen" }),
      make("siren", { name: "house alarm", place: "hall" }),
      make("thermostat", { name: "big heater", place: "hall" }),
      make("valve", { name: "water valve", place: "kitchen" }),
      make("oven", { name: "big oven", place: "kitchen" }),
      make("light", { name: "kitchen light", place: "kitchen" }),
    ];
    const lasagne = { Key: "NLASAGNE", LocalName: "lasagne", Programmes: [{ Class: "oven", Programme: "Mode fan, Target 180, 35 min" }] };
    const { names, orders: given, keeper, devices } = await openSpokenHouse(made, [], [lasagne]);
    const meals = new Set<string>();
    const classOf = (udf: string): string => names.describe(udf)?.Class ?? "";
    const taken: string[] = [];
    let understood = 0;
    for (const kind of doors) {
      const grant = { Key: `K${kind}`, Kind: kind, LocalName: kind, Rights: [{ Allows: "read" }, { Allows: "command" }] };
      // Whatever a grant says: nobody stands behind these whom the hub could know.
      const isUnattended = ["satellite", "home-assistant", "mqtt", "matter"].includes(kind);
      const principal = grantPrincipal(
        isUnattended ? { ...grant, Rights: grant.Rights.map((right) => ({ ...right, Risky: true })) } : grant,
        "house",
      );
      for (const text of texts) {
        const asked: UnconfirmedOrder[] = [];
        const said = await say(text, {
          principal,
          book: names,
          orders: given,
          keeper,
          clock: systemClock,
          automations: {
            add: async (automation) => {
              checkDevices(
                { ...automation, orders: [...automation.orders, ...(automation.back?.orders ?? [])] },
                { principal, classOf: (udf) => names.describeOwn(udf)?.Class, orders: given },
              );
              taken.push(...automation.orders.flatMap(({ command, targets }) => targets.map(({ udf }) => `${classOf(udf)}:${command}`)));
              return { ...automation, key: "NAUTOMATION", made: 0 };
            },
            ends: () => [],
            endAlone: async () => undefined,
            remove: async () => ({ key: "NAUTOMATION", said: "", spoken: "", orders: [], principal, made: 0 }),
          },
          questions: {
            askOrder: (order) => {
              asked.push(order);
              throw new Error("asked");
            },
          },
        });
        for (const { deviceUdf, command } of asked) {
          understood++;
          if (command === "Run") meals.add(kind);
          assert.ok(names.device(deviceUdf) !== undefined && command !== "", `${text}: what is asked names device and order`);
        }
        if (said.kind === "done" && said.targets.length > 0)
          assert.not.ok(
            said.targets.some(({ udf, result }) => result === "Accept" && classOf(udf) !== "light"),
            `${kind}: ${text}`,
          );
      }
    }
    const risky = devices.orders.filter(({ deviceUdf, command, arguments: args }) => {
      const { Class, Properties: properties } = names.describe(deviceUdf) ?? {};
      return isRiskyOrder({ class: Class, command, arguments: args, properties });
    });
    assert.is(risky.length, 0, risky.map(({ command }) => command).join(", "));
    assert.ok(understood >= doors.length * 40, `${understood} were understood and asked`);
    assert.equal([...meals].sort(), [...doors].sort(), "a meal is asked for at every door");
    assert.equal(
      taken.filter((order) => isRisky(order.split(":")[0] ?? "", order.split(":")[1] ?? "")),
      [],
      "nothing that can do harm is taken for another time",
    );
    assert.ok(devices.orders.length > 0, "what does no harm is done");
  });
});
