/**
 * What a virtual device is apart from its keys: properties with values, commands, and somebody who turns its knobs.
 * The description comes from the driver of its class, so a device cannot have a value that its class does not know.
 */
import { MeshError } from "../../../src/base/errors.ts";
import { checkArguments, checkValue } from "../../../src/driver/index.ts";
import type { DeviceDescription, StateValue } from "../../../src/schema/index.ts";

/** Told when a value changed other than by a command. `event` means: this change must reach the hub, however many follow. */
export type ChangeListener = (event: boolean) => void;

/** Values by name. */
export type Values = Readonly<Record<string, boolean | number | string>>;

/** What goes on inside, beside values that are set. */
export interface Workings {
  /** What commands do besides taking their arguments, by name: the values that they leave behind. */
  readonly effects?: Readonly<Record<string, Values | ((taken: Values) => Values)>>;
  /** Why it does not carry out a command as it is now; undefined when it does. */
  readonly refuses?: (command: string, values: Values, taken: Values) => string | undefined;
  /** What follows from the values by itself, after every change. */
  readonly follows?: (values: Values) => Values;
  /** What is no more when it comes back from a power cut. */
  readonly forgets?: (values: Values) => Values;
}

/** Values and commands of one device. */
export class Appliance {
  readonly description: DeviceDescription;
  readonly #workings: Workings;
  readonly #values: Map<string, StateValue["Value"]>;
  #listener: ChangeListener = () => undefined;
  #identified: () => void = () => undefined;

  /** @param values initial values, by name; those remembered from before come with `restore` */
  constructor(description: DeviceDescription, values: Values, workings: Workings = {}) {
    this.description = description;
    this.#workings = workings;
    this.#values = new Map(Object.entries(values));
  }

  /** All values, in the order of the description. */
  get values(): readonly StateValue[] {
    return this.description.Properties.flatMap(({ Name }) => {
      const Value = this.#values.get(Name);
      return Value === undefined ? [] : [{ Name, Value }];
    });
  }

  /** The same by name, for people. */
  get plain(): Values {
    return Object.fromEntries(this.#values) as Values;
  }

  onChange(listener: ChangeListener): void {
    this.#listener = listener;
  }

  onIdentify(listener: () => void): void {
    this.#identified = listener;
  }

  /** Takes remembered values back; what the class does not know (any more) is left out. */
  restore(values: readonly StateValue[]): void {
    for (const { Name, Value } of values) if (this.#property(Name)) this.#values.set(Name, Value);
    this.#take(this.#workings.forgets?.(this.plain) ?? {});
  }

  /** What an owner wrote is gone, and a programme that runs is over: nothing is cooked for nobody. @returns whether anything was */
  forget(): boolean {
    const over = this.#workings.forgets?.(this.plain) ?? {};
    const written = this.description.Properties.filter(({ Name, Type }) => Type === "string" && this.#values.has(Name));
    return this.#take({ ...over, ...Object.fromEntries(written.map(({ Name }) => [Name, ""])) }).length > 0;
  }

  /** Carries out a command. Throws ERR_COMMAND and changes nothing when an argument does not fit, or the appliance refuses. */
  command(name: string, args: readonly StateValue[]): void {
    const checked = this.check(name, args);
    if (name === "Identify") this.#identified();
    const effect = this.#workings.effects?.[name] ?? {};
    this.#take(typeof effect === "function" ? effect(plainOf(checked)) : effect);
    for (const { Name, Value } of checked) this.#values.set(Name, Value);
    this.#take(this.#workings.follows?.(this.plain) ?? {});
  }

  /** The arguments as they would be taken. Throws ERR_COMMAND for a command that would not be carried out; changes nothing. */
  check(name: string, args: readonly StateValue[]): readonly StateValue[] {
    const checked = checkArguments(this.description, name, args);
    const why = this.#workings.refuses?.(name, this.plain, plainOf(checked));
    if (why !== undefined) throw new MeshError("ERR_COMMAND", why);
    return checked;
  }

  /** Somebody at the device, or the world, changes a value; numbers and truth values may come as text. Throws ERR_COMMAND. */
  change(name: string, value: string | number | boolean): void {
    const property = this.#property(name);
    if (!property) throw new MeshError("ERR_COMMAND", `a ${this.description.Class} has no property ${name}`);
    const plain = property.Type === "boolean" && (value === "true" || value === "false") ? value === "true" : value;
    const checked = checkValue(property, plain);
    if (this.#values.get(name) === checked) return;
    this.#values.set(name, checked);
    const followed = this.#take(this.#workings.follows?.(this.plain) ?? {});
    this.#listener([name, ...followed].some((changed) => this.#property(changed)?.Event === true));
  }

  /** Sets values; names of those that changed. */
  #take(values: Values): readonly string[] {
    const changed = Object.keys(values).filter((name) => this.#values.get(name) !== values[name]);
    for (const [name, value] of Object.entries(values)) this.#values.set(name, value);
    return changed;
  }

  #property(name: string): DeviceDescription["Properties"][number] | undefined {
    return this.description.Properties.find((candidate) => candidate.Name === name);
  }
}

function plainOf(values: readonly StateValue[]): Values {
  return Object.fromEntries(values.map(({ Name, Value }) => [Name, Value])) as Values;
}

/** Values that were never set: what a lying device reports. */
export function lies(description: DeviceDescription, values: readonly StateValue[]): StateValue[] {
  return values.map(({ Name, Value }) => {
    const property = description.Properties.find((candidate) => candidate.Name === Name);
    if (typeof Value === "boolean") return { Name, Value: !Value };
    if (typeof Value !== "number") return { Name, Value };
    const { Minimum = 0, Maximum = 100 } = property ?? {};
    return { Name, Value: Value === Maximum ? Minimum : Maximum };
  });
}
