/** A hub's automations over a stand-in for its devices: what they report, what is ordered, and a clock that can be set. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { Listeners } from "../../src/base/listeners.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { SpokenOrder, Trigger, When } from "../../src/driver/index.ts";
import { openAutomationBook } from "../../src/hub/automation/automation-book.ts";
import { Automations } from "../../src/hub/automation/automations.ts";
import type { Said } from "../../src/hub/automation/check-automation.ts";
import { openLaterBook } from "../../src/hub/automation/later-orders.ts";
import type { Position } from "../../src/hub/automation/sun.ts";
import type { GivenOrder, Order } from "../../src/hub/command/order.ts";
import type { Principal } from "../../src/hub/command/principal.ts";
import { authorize, automationPrincipal, socketOwner } from "../../src/hub/command/principal.ts";
import { openAsItIs } from "../../src/hub/salvage.ts";
import type { Shadow } from "../../src/hub/state/shadow-book.ts";
import type { StateChange } from "../../src/hub/state/state-keeper.ts";
import type { KnownAutomation } from "../../src/names/automation.ts";
import type { StateValue } from "../../src/schema/index.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { udfOf } from "./named-things.ts";

export const off: readonly SpokenOrder[] = [
  { command: "Set", targets: [{ udf: udfOf(1), arguments: [{ Name: "On", Value: false }] }], spoken: "lamp: off" },
];
export const unlock: readonly SpokenOrder[] = [{ command: "Unlock", targets: [{ udf: udfOf(2), arguments: [] }], spoken: "door: unlock" }];
const classes = new Map([
  [udfOf(1), "light"],
  [udfOf(2), "lock"],
  [udfOf(3), "contact"],
  [udfOf(4), "sensor"],
  [udfOf(5), "button"],
  [udfOf(6), "thermostat"],
  [udfOf(7), "valve"],
  [udfOf(8), "washing-machine"],
]);
export const minute = 60_000;
const greenwich: Position = { latitude: 51.48, longitude: 0 };

/** A clock whose time of the day can be set, as people and services do, while its monotonic time goes on. */
export class SettableClock extends ManualClock {
  #ahead = 0;
  #slept = 0;
  /** Loops that sleep. */
  sleeping = 0;

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeping += 1;
    try {
      await super.sleep(ms, signal);
    } finally {
      this.sleeping -= 1;
    }
  }

  override now(): number {
    return super.now() + this.#ahead;
  }

  set(now: number): void {
    this.#ahead = now - super.now();
  }

  sinceBoot(): number {
    return this.monotonic() + this.#slept;
  }

  /** The machine sleeps for so long: its monotonic clock stands still. */
  suspend(ms: number): void {
    this.#slept += ms;
    this.#ahead += ms;
  }
}

export async function automationHouse(
  options: {
    readonly dir?: string;
    readonly clock?: SettableClock;
    readonly standing?: (made: { kind: string; id: string }) => Principal | undefined;
    readonly known?: () => readonly KnownAutomation[];
    /** What devices said before the start. */
    readonly before?: ReadonlyMap<string, readonly StateValue[]>;
    /** Where the house stands; Greenwich when absent. */
    readonly position?: Position | "unknown";
  } = {},
) {
  const { dir = tempDirectory(), clock = new SettableClock() } = options;
  const book = await openAutomationBook(join(dir, "automation.journal"), openAsItIs);
  const given: Order[] = [];
  let fails: Error | undefined;
  const { position: where = greenwich } = options;
  let position = where === "unknown" ? undefined : where;
  const asked: string[] = [];
  const confirmed: (() => Promise<void>)[] = [];
  const listeners = new Listeners<StateChange>();
  const orders = new Listeners<GivenOrder, unknown>();
  const shadows = new Map<string, Shadow>(
    [...(options.before ?? [])].map(([udf, values]) => [udf, shadowOf(udf, values, { status: "Unknown", restored: true })]),
  );
  /** A device reports; `cause` as its report has it. */
  const reports = (
    number: number,
    values: Readonly<Record<string, boolean | number | string>>,
    cause: StateChange["cause"] | "none" = "switch",
  ): void => {
    const udf = udfOf(number);
    const before = new Map((shadows.get(udf)?.reported?.Values ?? []).map(({ Name, Value }) => [Name, Value]));
    const changed = Object.entries(values).flatMap(([name, value]) => (before.get(name) === value ? [] : [name]));
    const merged = new Map([...before, ...Object.entries(values)]);
    const shadow = shadowOf(
      udf,
      [...merged].map(([Name, Value]) => ({ Name, Value })),
      { status: "Online", restored: false },
    );
    shadows.set(udf, shadow);
    listeners.tell({ shadow, changed, ...(cause === "none" ? {} : { cause }) });
  };
  /** A device goes away. */
  const leaves = (number: number): void => {
    const udf = udfOf(number);
    const shadow = shadowOf(udf, shadows.get(udf)?.reported?.Values ?? [], { status: "Offline", restored: false });
    shadows.set(udf, shadow);
    listeners.tell({ shadow, changed: [] });
  };
  let effect: ((order: Order) => void) | undefined;
  let held: ((order: Order) => Promise<void>) | undefined;
  const later = await openLaterBook(join(dir, "later-orders.journal"), openAsItIs);
  const automations = new Automations({
    book,
    later,
    orders: {
      onOrder: (listener) => orders.add(listener),
      refusal: (principal, { deviceUdf, command, arguments: values }) =>
        authorize(
          principal,
          { deviceUdf, deviceClass: classes.get(deviceUdf), places: [], command, arguments: values },
          { standing: "good", now: clock.now() },
        ),
      give: async (order) => {
        given.push(order);
        orders.tell({ order, isDone: false });
        await held?.(order);
        if (fails) throw fails;
        const refused = authorize(
          order.principal,
          { deviceUdf: order.deviceUdf, deviceClass: classes.get(order.deviceUdf), places: [], command: order.command },
          { standing: "good", now: clock.now() },
        );
        if (refused) throw refused;
        effect?.(order);
        await Promise.all(orders.tell({ order, isDone: true }));
        return { result: "Accept" };
      },
    },
    keeper: { onChange: (listener) => listeners.add(listener), shadow: (udf) => shadows.get(udf) },
    questions: {
      askOrder: ({ command, principal, before }) => {
        asked.push(`${principal.name}: ${command}`);
        confirmed.push(async () => void (await before?.()));
        return {
          messageId: "Q",
          kind: "order",
          principal: principal.name,
          about: command,
          asked: "",
          expires: "",
          state: "waiting",
          outcome: Promise.resolve({ result: "Accept" }),
        };
      },
    },
    ...(options.known ? { known: options.known } : {}),
    classOf: (udf) => classes.get(udf),
    principalOf: options.standing ?? (({ kind, id, name }) => (kind === "automation" ? automationPrincipal(id, name) : socketOwner)),
    position: () => position,
    clock,
    random: systemRandom,
    log: silentLog,
  });
  automations.start();
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await automations.stop();
    await Promise.all([book.close(), later.close()]);
  };
  onCleanup(close);
  /** Time goes on, and what was due has been done when the runner sleeps again. */
  const pass = async (ms: number): Promise<void> => {
    await asleep();
    clock.advance(ms);
    await asleep();
  };
  const asleep = async (): Promise<void> => {
    do await new Promise((resolve) => setTimeout(resolve, 1));
    while (clock.sleeping === 0);
    await automations.settled();
  };
  return {
    dir,
    clock,
    given,
    asked,
    /** The owner says yes to all that was asked. */
    confirm: async () => {
      for (const before of confirmed.splice(0)) await before();
    },
    reports,
    leaves,
    /** Somebody orders a device, and it does what it is told, unless it is away. */
    told: async (number: number, values: Readonly<Record<string, boolean | number>>, { command = "Set", isAway = false, by = socketOwner } = {}) => {
      const set = Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
      const order = { principal: by, deviceUdf: udfOf(number), command, arguments: set };
      const kept = orders.tell({ order, isDone: false });
      if (!isAway) {
        kept.push(...orders.tell({ order, isDone: true }));
        reports(number, values, "command");
      }
      await Promise.all(kept);
    },
    /** What an order makes of a device. */
    onOrder: (then: (order: Order) => void) => {
      effect = then;
    },
    /** For how long an order waits for its device. */
    onGiven: (wait: (order: Order) => Promise<void>) => {
      held = wait;
    },
    shadows,
    automations,
    /** Its configuration says that the house stands elsewhere. */
    moves: (to: Position | undefined) => {
      position = to;
      automations.moved();
    },
    close,
    pass,
    fail: (error: Error) => {
      fails = error;
    },
    /** Devices take orders again. */
    works: () => {
      fails = undefined;
    },
    /** What is on the disk now, as another hub finds it. */
    copy: () => {
      const found = tempDirectory();
      cpSync(dir, found, { recursive: true });
      return found;
    },
    addRule: (trigger: Trigger, more: Partial<Said> = {}) =>
      automations.add({ said: "rule", spoken: "lamp: off", trigger, orders: off, principal: socketOwner, ...more }),
    add: (when: When, orders = off, principal: Principal = socketOwner) =>
      automations.add({ said: "said", spoken: "lamp: off", when, orders, principal }),
  };
}

function shadowOf(deviceUdf: string, Values: readonly StateValue[], { status, restored }: Pick<Shadow, "status" | "restored">): Shadow {
  return { deviceUdf, status, restored, updated: 0, reported: { DeviceUdf: deviceUdf, Sequence: 1, Values } };
}
