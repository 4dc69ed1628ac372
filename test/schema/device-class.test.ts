/** Risk by class and command: the window, the hub's judge and the owner's devices decide by one table, and what it does not know is risky. */
import { fitsWindow } from "../../src/account/agent/window.ts";
import type { PendingOffer } from "../../src/account/index.ts";
import { classKey, isGuarding, isRisky, isRiskyOrder, judgesOrders, riskOf } from "../../src/schema/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { catalogue } from "../kit/named-things.ts";

const guarding = [
  "lock",
  "Lock",
  "LOCK",
  "lock ",
  " lock",
  "lo\u200bck",
  "door-lock",
  "Door Lock",
  "gate",
  "garage-door",
  "GarageDoor",
  "garage_door",
  "hatch",
  "alarm",
  "siren",
  "oven",
  "heater",
  "oven",
  "valve",
  "",
  "lights",
  "light2",
  "light/lock",
  "constructor",
  "__proto__",
];

function offerOf(name: string, options: { readonly pressed?: boolean; readonly commands?: readonly string[] } = {}): PendingOffer {
  const { pressed = false, commands = ["Set", "Identify"] } = options;
  const description = { Class: name, Commands: commands.map((Name) => ({ Name })) };
  return { device: { description }, contribution: { Presence: pressed } } as unknown as PendingOffer;
}

const Until = "2030-01-01T00:00:00Z";

describe("schema: risk of classes", (it) => {
  for (const name of guarding) {
    it(`${JSON.stringify(name)} is risky, and needs somebody at the device`, () => {
      assert.ok(isRisky(name, "Set"));
      assert.ok(isGuarding({ Class: name, Commands: [] }));
      assert.not(fitsWindow({ Until }, offerOf(name)));
      assert.not(fitsWindow({ Until, Classes: [name] }, offerOf(name)));
      assert.ok(fitsWindow({ Until }, offerOf(name, { pressed: true })));
    });
  }

  it("a thermostat is harmless as far as a room may be warm, and risky when its maker lets more be set, or does not say how much", () => {
    const thermostat = (target: object) => ({
      Class: "thermostat",
      Commands: [{ Name: "Set" }],
      Properties: [{ Name: "Target", Writable: true, ...target }],
    });
    assert.not(isGuarding(thermostat({ Unit: "°C", Maximum: 30 })));
    for (const target of [
      { Unit: "°C", Maximum: 30.5 },
      { Unit: "°C", Maximum: 90 },
      { Maximum: 90 },
      { Unit: "°F", Maximum: 86 },
      {},
      { Maximum: Number.NaN },
    ])
      assert.ok(isGuarding(thermostat(target)), JSON.stringify(target));
    const light = { Class: "light", Commands: [], Properties: [{ Name: "Glow", Unit: "°C", Writable: true, Maximum: 200 }] };
    assert.ok(isGuarding(light));
    assert.not(isGuarding({ ...light, Properties: [{ Name: "Temperature", Unit: "°C", Maximum: 85 }] }));
  });

  it("an order is risky by what it sets: a thermostat up to 30 °C is not, above it is, and so is what is no number", () => {
    const set = (Name: string, Value: unknown, properties?: readonly { readonly Name: string; readonly Unit?: string }[]) =>
      isRiskyOrder({ class: "thermostat", command: "Set", arguments: [{ Name, Value: Value as number }], properties });
    for (const value of [5, 21.5, 30, "30"]) assert.not(set("Target", value), String(value));
    for (const value of [30.5, 90, "90", "hot", Number.NaN, [31]]) assert.ok(set("Target", value), String(value));
    assert.not(set("Mode", "heat"));
    const glow = [{ Name: "Glow", Unit: "°C" }];
    assert.ok(set("Glow", 31, glow));
    assert.not(set("Glow", 29, glow));
    assert.not(set("Glow", 31), "without a description a temperature is known by its name");
    assert.ok(isRiskyOrder({ class: "thermostat", command: "Boost", arguments: [] }));
    assert.ok(isRiskyOrder({ class: undefined, command: "Set", arguments: [] }));
  });

  it("a device judges what can do harm by what is set, not by the name of the command alone", () => {
    const oven = {
      Class: "thermostat",
      Judges: true,
      Commands: [{ Name: "Set", Arguments: ["Target"] }, { Name: "Identify" }],
      Properties: [{ Name: "Target", Unit: "°C", Writable: true, Maximum: 250 }],
    };
    const set = (Value: number) => ({ command: "Set", arguments: [{ Name: "Target", Value }] });
    assert.ok(judgesOrders(oven));
    assert.ok(judgesOrders(oven, set(200)), "its hub's word must not heat it");
    assert.not(judgesOrders(oven, set(21)));
    assert.ok(judgesOrders(oven, { command: "Set" }), "what is sealed might set anything");
    for (const values of [undefined, []]) assert.not(judgesOrders(oven, { command: "Identify", arguments: values }));
    assert.ok(judgesOrders(oven, { command: "Melt", arguments: [] }));
    const room = { ...oven, Properties: [{ Name: "Target", Unit: "°C", Writable: true, Maximum: 30 }] };
    assert.not(judgesOrders(room, { command: "Set" }));
    assert.not(judgesOrders({ ...oven, Judges: false }, set(200)));
  });

  it("a class is the same under every case, blank and dash", () => {
    for (const name of ["light", "Light", " LIGHT ", "li-ght", "l_ight"]) {
      assert.is(riskOf(name, "Set"), "none");
      assert.ok(fitsWindow({ Until, Classes: ["Light "] }, offerOf(name)));
      assert.not(fitsWindow({ Until, Classes: ["sensor"] }, offerOf(name)));
    }
    assert.is(classKey("Garage Door"), classKey("garage-door"));
  });

  it("a command that its class does not declare is risky, by whatever name", () => {
    for (const command of ["Unlock", "set", "SET", "Set ", "toString", ""]) assert.ok(isRisky("light", command), command);
    assert.not(fitsWindow({ Until }, offerOf("light", { commands: ["Set", "Unlock"] })));
  });

  it("every command of the package's drivers says its risk, and the table agrees", () => {
    for (const { Class, Commands } of catalogue.drivers.values()) {
      for (const { Name, Risk } of Commands) {
        assert.ok(Risk, `${Class}.${Name} says no risk`);
        assert.is(riskOf(Class, Name), Risk, `${Class}.${Name}: npm run generate`);
      }
    }
  });
});
