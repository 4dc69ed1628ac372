/** What happens in the house while its programs are killed, and what must be true afterwards. */
import { releaseDevice, sendCommands } from "../../src/account/index.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { deviceCatalog, stateCatalog } from "../../src/schema/index.ts";
import { assert } from "../harness/suite.ts";
import { gather } from "../kit/gather.ts";
import { ports } from "../kit/household.ts";
import type { House, Lamp } from "./house.ts";

/** Connects a device by its code; asks again only when the hub knows nothing of it. */
export async function onboard(house: House, lamp: Lamp): Promise<void> {
  const { deviceUdf, uri } = lamp.made;
  const isThere = async (): Promise<boolean> => {
    if (!house.alice.get(deviceCatalog, deviceUdf)?.Connected) return false;
    return (await house.view(deviceUdf))?.status === "Online" && lamp.core.status().linked === true;
  };
  await house.until("the device is connected", async () => {
    if (await isThere()) return true;
    const onboardings = await house.client.onboardings();
    const mine = onboardings.find((run) => run.deviceUdf === undefined || run.deviceUdf === deviceUdf);
    if (mine) throw new Error(`the hub is at it: ${JSON.stringify(mine)}`);
    for await (const line of house.client.onboard({ uri })) {
      if (line.state === "failed") throw new Error(`${line.step}: ${line.message}`);
    }
    return isThere();
  });
}

/** A command at home. */
export async function command(house: House, lamp: Lamp, on: boolean): Promise<void> {
  const order = { device: lamp.made.deviceUdf, command: "Set", arguments: [{ name: "On", value: on }], timeoutMs: 4000 };
  const { result } = await house.insist("a command at home", () => house.client.command(order));
  assert.is(result, "Accept");
  assert.is(lamp.core.values.On, on);
}

/** A command from afar: carried out once, answered once. */
export async function commandFromAfar(house: House, lamp: Lamp, brightness: number): Promise<void> {
  const before = lamp.commands;
  const order = { deviceUdf: lamp.made.deviceUdf, class: "light", command: "Set", arguments: [{ Name: "Brightness", Value: brightness }] };
  let outcome = "";
  const giving = (async () => {
    for (let attempt = 0; attempt < 20 && outcome !== "Accept"; attempt++) {
      try {
        await house.phone.sync();
        const [said] = await sendCommands(house.phone, [order], { seconds: 20 });
        outcome = said?.result ?? "None";
      } catch {
        await ports.clock.sleep(100);
      }
    }
  })();
  await house.until("a command from afar is answered", () => outcome === "Accept");
  await giving;
  assert.is(lamp.core.values.Brightness, brightness, "the device did it");
  assert.ok(lamp.commands > before);
}

/** A command from afar, once; its answer is whatever the hub lives to give. */
export async function askFromAfar(house: House, lamp: Lamp, brightness: number): Promise<void> {
  const order = { deviceUdf: lamp.made.deviceUdf, class: "light", command: "Set", arguments: [{ Name: "Brightness", Value: brightness }] };
  await house.insist("the phone sees the account", () => house.phone.sync());
  await sendCommands(house.phone, [order], { seconds: 4 }).catch((error: unknown) => {
    if (!isMeshError(error)) throw error;
  });
}

/** Every command from afar that reached the account has one answer there. */
export async function answeredOnce(house: House): Promise<void> {
  await house.until("every command from afar is answered", async () => {
    await house.phone.sync();
    const messages = await gather(house.phone.messages("MMM_Command"));
    const asked = messages.filter(({ messageType }) => messageType === "RequestCommand").map(({ envelopeId }) => envelopeId);
    const answers = messages.filter(({ messageType }) => messageType === "RespondCommand").map(({ envelopeId }) => envelopeId);
    assert.is(new Set(answers).size, answers.length, "no answer twice");
    if (answers.length < asked.length) throw new Error(`${answers.length} answers to ${asked.length} commands`);
    assert.is(answers.length, asked.length);
    return true;
  });
}

/** Somebody presses the button. */
export function press(lamp: Lamp, times: number): void {
  for (let n = 0; n < times; n++) lamp.press();
}

/** Values of Press in the order in which a reader finds them in the account. */
export async function pressesOf(house: House, lamp: Lamp): Promise<readonly number[]> {
  await house.phone.sync({ stores: ["MMM_State"] });
  const found: number[] = [];
  for (const { key, value } of await house.phone.history(stateCatalog)) {
    if (key !== lamp.made.deviceUdf || !value) continue;
    const press = Number(value.Reported?.Values.find(({ Name }) => Name === "Press")?.Value ?? 0);
    // An entry that changes something else repeats the number of the last press; a number that goes back or jumps is told below.
    if (press !== found.at(-1)) found.push(press);
  }
  return found.filter((press, i) => press !== 0 || i > 0);
}

/** Device, hub and account agree, and the account tells every press once and in order. */
export async function agree(house: House, lamp: Lamp): Promise<void> {
  const { deviceUdf } = lamp.made;
  const wanted = Array.from({ length: lamp.pressed }, (_, i) => i + 1);
  await house.until(`${lamp.pressed} presses are in the account`, async () => (await pressesOf(house, lamp)).at(-1) === lamp.pressed);
  const told = await pressesOf(house, lamp);
  assert.equal(
    told,
    [...new Set(told)].sort((a, b) => a - b),
    "in order, nothing twice",
  );
  // Faster than a device's budget of events some are gathered; the hub says of how many.
  const { eventsLost = 0 } = (await house.view(deviceUdf)) ?? {};
  const missing = wanted.filter((press) => !told.includes(press));
  assert.is(missing.length, eventsLost, `no gap that is not told: ${missing.join()} are missing`);
  const values = (list: readonly { readonly Name: string; readonly Value: unknown }[] = []): Record<string, unknown> =>
    Object.fromEntries(list.map(({ Name, Value }) => [Name, typeof Value === "bigint" ? Number(Value) : Value]));
  const plain = (of: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    values(Object.entries(of).map(([Name, Value]) => ({ Name, Value })));
  await house.until("device, hub and account agree", async () => {
    const own = JSON.stringify(sorted(plain(lamp.core.values)));
    const view = await house.view(deviceUdf);
    const seen = JSON.stringify(sorted(Object.fromEntries(view?.values.map(({ name, value }) => [name, value]) ?? [])));
    await house.phone.sync({ stores: ["MMM_State"] });
    const kept = house.phone.get(stateCatalog, deviceUdf);
    const reported = JSON.stringify(sorted(values(kept?.Reported?.Values)));
    if (own !== seen || own !== reported || kept?.Status !== "Online")
      throw new Error(`device ${own}, hub ${seen}, account ${reported} ${kept?.Status}`);
    return true;
  });
  const numbers = (await house.phone.history(stateCatalog)).flatMap(({ key, value }) => (key === deviceUdf && value ? [value.Sequence] : []));
  assert.equal(
    numbers,
    numbers.map((_, i) => i + 1),
    "entries of the device are numbered without a gap",
  );
}

function sorted(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The owner lets the device go: it obeys, and hub and account forget it. */
export async function release(house: House, lamp: Lamp): Promise<void> {
  const { deviceUdf } = lamp.made;
  await house.insist("the release is ordered", async () => {
    await house.alice.sync();
    const entry = house.alice.get(deviceCatalog, deviceUdf);
    if (entry && !entry.SealedReleaseDevice) await releaseDevice(house.alice, deviceUdf);
  });
  await house.until("device, hub and account know of the release", async () => {
    const { mode } = lamp.core.status();
    if (mode === "linked") throw new Error(`the device is ${String(mode)}`);
    if (await house.view(deviceUdf)) throw new Error("the hub has it");
    await house.phone.sync();
    const left = house.phone.get(deviceCatalog, deviceUdf);
    if (left) throw new Error(`the account has it: ${Object.keys(left).join()}`);
    return true;
  });
}

/** All of it, with a device of its own. */
export async function live(house: House): Promise<void> {
  const lamp = await house.lamp();
  await onboard(house, lamp);
  press(lamp, 2);
  await command(house, lamp, true);
  await commandFromAfar(house, lamp, 40);
  press(lamp, 2);
  await agree(house, lamp);
  await release(house, lamp);
  await lamp.off();
}
