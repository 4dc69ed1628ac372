/** Who may give which order: the owner at the socket, devices by their signed connection, limited lists, and a hub whose account has gone silent. */

import { systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import type { Log } from "../../../src/base/log.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { Orders } from "../../../src/hub/command/order.ts";
import type { Asked, Circumstances, Principal, Right } from "../../../src/hub/command/principal.ts";
import { authorize, devicePrincipal, grantPrincipal, hasRight, socketOwner } from "../../../src/hub/command/principal.ts";
import type { CatalogedGrant, GrantRight } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { udfOf } from "../../kit/named-things.ts";

function device(Roles: readonly string[], ...limits: readonly { DeviceUdf?: readonly string[]; Commands?: readonly string[] }[]): Principal {
  const Capabilities = limits.map((value) => ({ tag: "CapabilityCommand", value }));
  const connection = { Roles, ...(limits.length === 0 ? {} : { Capabilities }) };
  return devicePrincipal({ udf: udfOf(7), connection } as unknown as Parameters<typeof devicePrincipal>[0]);
}

const good: Circumstances = { standing: "good", now: 1000 };
const lapsed: Circumstances = { standing: "lapsed", now: 1000 };
const light: Asked = { deviceUdf: udfOf(1), deviceClass: "light", places: ["kitchen", "house"], command: "Set" };
const lock: Asked = { deviceUdf: udfOf(2), deviceClass: "Door Lock", places: ["hall", "house"], command: "Unlock" };

function may(principal: Principal, asked: Asked, circumstances = good): boolean {
  const refusal = authorize(principal, asked, circumstances);
  assert.ok(refusal === undefined || refusal.code === "ERR_NOT_AUTHORIZED" || refusal.code === "ERR_CONFIRMATION_NEEDED");
  return refusal === undefined;
}

/** A grant as an administration device writes it. */
const grant = (Kind: string, right: Partial<GrantRight> = {}, times: Partial<CatalogedGrant> = {}): CatalogedGrant => ({
  Key: "NABC",
  Kind,
  LocalName: "somebody",
  Rights: [{ Allows: "command", ...right }],
  ...times,
});

describe("hub: principals", (it) => {
  it("the owner of the machine may do everything in the house", () => {
    for (const asked of [light, lock, { ...light, command: undefined }, { ...lock, deviceClass: undefined }]) assert.ok(may(socketOwner, asked));
  });

  it("a device of the account commands and reads by its role", () => {
    for (const asked of [light, lock, { ...light, command: undefined }]) {
      assert.ok(may(device(["device", "command"]), asked));
      assert.not(may(device(["device", "web", "admin"]), asked));
    }
  });

  it("finer lists of its connection limit devices and commands: one that covers both is enough", () => {
    const limited = device(["command"], { DeviceUdf: [udfOf(1)], Commands: ["Set"] }, { DeviceUdf: [udfOf(3)] });
    assert.ok(may(limited, light));
    assert.not(may(limited, { ...light, command: "Identify" }));
    assert.not(may(limited, { ...light, deviceUdf: udfOf(2) }));
    assert.ok(may(limited, { ...light, deviceUdf: udfOf(3), command: "Identify" }));
    assert.ok(may(device(["command"], {}), lock), "a list without limits limits nothing");
  });

  it("rights are limited by place, class, device, harm and time", () => {
    const guest = (right: Partial<Right>): Principal => ({
      kind: "guest",
      id: "g",
      name: "bob",
      from: "afar",
      rights: [{ allows: "command", ...right }],
    });
    assert.ok(may(guest({}), lock));
    assert.not(may(guest({}), { ...light, command: undefined }), "who may command may not read by that");
    assert.ok(may(guest({ places: ["house"] }), light), "a part of the house is in the house");
    assert.not(may(guest({ places: ["kitchen"] }), lock));
    assert.not(may(guest({ places: [] }), light), "an empty list gives nothing");
    assert.ok(may(guest({ classes: ["door-lock"] }), lock));
    assert.not(may(guest({ classes: ["light"] }), lock));
    assert.not(may(guest({ classes: ["light"] }), { ...light, deviceClass: undefined }));
    assert.ok(may(guest({ harmless: true }), light));
    assert.not(may(guest({ harmless: true }), lock));
    assert.not(may(guest({ harmless: true }), { ...light, command: "Melt" }));
    assert.ok(may(guest({ until: 1001 }), light));
    assert.not(may(guest({ until: 1000 }), light));
    assert.not(may(guest({ until: 1001 }), light, { standing: "good", now: undefined }), "without a time that can be trusted");
  });

  it("who manages manages all of it: a right to manage a part, from an older file, is none", () => {
    const manages = (limit: object): boolean =>
      hasRight({ ...socketOwner, kind: "token", rights: [{ allows: "manage", ...limit }] }, "manage", systemClock.now());
    assert.ok(manages({}));
    for (const limit of [{ places: ["P1"] }, { classes: ["light"] }, { devices: [udfOf(1)] }, { places: [] }])
      assert.not(manages(limit), JSON.stringify(limit));
  });

  it("a grant gives what it names, between its times, and nothing that can do harm unless it says so", () => {
    const code = (granted: CatalogedGrant, asked: Asked, circumstances = good) =>
      authorize(grantPrincipal(granted, "house"), asked, circumstances)?.code;
    assert.is(code(grant("guest"), light), undefined);
    assert.is(code(grant("guest"), lock), "ERR_CONFIRMATION_NEEDED", "a grant is a child lock until it says more");
    assert.is(code(grant("guest", { Risky: true }), lock), undefined);
    assert.is(code(grant("guest", { Risky: true, Places: ["kitchen"] }), lock), "ERR_NOT_AUTHORIZED", "no confirmation beyond its place");
    assert.is(code(grant("guest", { Devices: [udfOf(3)] }), light), "ERR_NOT_AUTHORIZED");
    assert.is(code(grant("guest"), { ...light, command: undefined }), "ERR_NOT_AUTHORIZED");
    assert.is(code(grant("guest", { Allows: "read" }), { ...light, command: undefined }), undefined);
    assert.is(code(grant("guest", { Allows: "everything" }), light), "ERR_NOT_AUTHORIZED");
    assert.is(code(grant("king"), light), "ERR_NOT_AUTHORIZED", "of a kind that is not known");
    assert.is(code({ ...grant("guest"), Rights: Array.from({ length: 65 }, () => ({ Allows: "command" })) }, light), "ERR_NOT_AUTHORIZED");
    const between = grant("guest", {}, { NotBefore: "1970-01-01T00:00:01Z", NotOnOrAfter: "1970-01-01T00:00:02Z" });
    assert.is(code(between, light), undefined);
    assert.is(code(between, light, { standing: "good", now: 999 }), "ERR_NOT_AUTHORIZED");
    assert.is(code(between, light, { standing: "good", now: 2000 }), "ERR_NOT_AUTHORIZED");
    assert.is(code(between, light, { standing: "good", now: undefined }), "ERR_NOT_AUTHORIZED");
    assert.is(code(grant("guest", {}, { NotOnOrAfter: "for ever" }), light), "ERR_NOT_AUTHORIZED", "an end that is no time has come");
    assert.is(
      code(between, { ...lock, command: "Unlock" }, { standing: "good", now: 2000 }),
      "ERR_NOT_AUTHORIZED",
      "what is over asks nobody either",
    );
  });

  it("programs that speak for whoever speaks to them never do harm, whatever their grant says", () => {
    for (const kind of ["home-assistant", "mqtt", "satellite", "matter"]) {
      const principal = grantPrincipal(grant(kind, { Risky: true }), "house");
      assert.is(authorize(principal, light, good), undefined, kind);
      assert.is(authorize(principal, lock, good)?.code, "ERR_CONFIRMATION_NEEDED", kind);
      assert.is(authorize(principal, { ...light, command: "Melt" }, good)?.code, "ERR_CONFIRMATION_NEEDED", kind);
      assert.is(authorize(principal, { ...light, deviceClass: undefined }, good)?.code, "ERR_CONFIRMATION_NEEDED", kind);
    }
    for (const kind of ["page", "token", "guest"]) assert.is(authorize(grantPrincipal(grant(kind, { Risky: true }), "house"), lock, good), undefined);
  });

  it("what is told counts: a thermostat is set warm, and not hot, by whom only harmless orders are granted, and by a hub that has lapsed", () => {
    const heating = (Value: number): Asked => ({
      ...light,
      deviceClass: "thermostat",
      arguments: [{ Name: "Target", Value }],
      properties: [{ Name: "Target", Type: "number", Unit: "°C", Writable: true, Maximum: 90 }],
    });
    const guest: Principal = { ...device([]), rights: [{ allows: "command", harmless: true }] };
    assert.ok(may(guest, heating(22)));
    assert.not(may(guest, heating(31)));
    assert.ok(may(socketOwner, heating(31)));
    assert.ok(may(socketOwner, heating(22), lapsed));
    assert.not(may(socketOwner, heating(31), lapsed));
  });

  it("a hub whose standing has lapsed serves harmless orders in the house, and nothing from afar", () => {
    assert.ok(may(socketOwner, light, lapsed));
    assert.not(may(socketOwner, lock, lapsed));
    assert.not(may(socketOwner, { ...light, command: "Unlock" }, lapsed));
    assert.not(may(socketOwner, { ...light, deviceClass: undefined }, lapsed));
    assert.not(may(device(["command"]), light, lapsed));
    assert.ok(may(socketOwner, { ...lock, command: undefined }, lapsed), "what is may be asked");
  });

  it("orders in the house pass the same judge before a device hears of them, and each is told to the log without its values", async () => {
    const told: unknown[] = [];
    const note = (event: string, data?: Record<string, unknown>): void => void told.push([event, data]);
    const log: Log = { ...silentLog, info: note, warn: note, child: () => log };
    let sent = 0;
    const devices = {
      status: () => "Offline" as const,
      command: async ({ command }: { readonly command: string }) => {
        sent += 1;
        if (command === "Identify") throw new MeshError("ERR_DEVICE_OFFLINE", "it is away");
        return { Id: 1, Result: "Reject" };
      },
    };
    const keeper = { onChange: () => () => undefined, want: () => undefined, unwant: () => undefined, shadow: () => undefined };
    const description = {
      Class: "light",
      Manufacturer: "",
      Model: "",
      Version: "",
      Properties: [{ Name: "Label", Type: "string", Writable: true }],
      Commands: [{ Name: "Identify" }, { Name: "Melt" }, { Name: "Set", Arguments: ["Label"] }],
    };
    const orders = new Orders({
      devices,
      keeper,
      describe: () => description,
      placesOf: () => [],
      standing: () => "lapsed",
      clock: systemClock,
      random: systemRandom,
      log,
    } as unknown as ConstructorParameters<typeof Orders>[0]);
    const order = { deviceUdf: udfOf(1), arguments: [] };
    await throwsMesh(orders.give({ ...order, principal: socketOwner, command: "Melt" }), "ERR_NOT_AUTHORIZED");
    await throwsMesh(orders.give({ ...order, principal: device(["command"]), command: "Identify" }), "ERR_NOT_AUTHORIZED");
    assert.is(sent, 0);
    await throwsMesh(orders.give({ ...order, principal: socketOwner, command: "Identify" }), "ERR_DEVICE_OFFLINE");
    assert.is(sent, 1);
    await orders.give({ ...order, principal: socketOwner, command: "Set", arguments: [{ Name: "Label", Value: "the wifi key" }] });
    const of = { principal: "the owner", from: "house", device: udfOf(1) };
    assert.equal(told, [
      ["order.failed", { ...of, command: "Melt", code: "ERR_NOT_AUTHORIZED" }],
      ["order.failed", { ...of, principal: udfOf(7), from: "afar", command: "Identify", code: "ERR_NOT_AUTHORIZED" }],
      ["order.failed", { ...of, command: "Identify", code: "ERR_DEVICE_OFFLINE" }],
      ["order.given", { ...of, command: "Set", result: "Reject" }],
    ]);
  });
});
