/** What a device of each class is asked in the suite; the names and ranges are those of drivers/. */
import type { StateValue } from "../../src/schema/index.ts";

/** One class. */
export interface Sample {
  readonly command: string;
  readonly arguments: readonly StateValue[];
  /** What it has changed, if anything. */
  readonly shows?: StateValue;
  /** A value that somebody at the device can change, and what it is at first; `isEvent` means that the change may not be lost. */
  readonly turned: { readonly name: string; readonly value: boolean | number | string; readonly isEvent: boolean };
  /** What must be refused. */
  readonly refused: readonly { readonly Command: string; readonly Arguments: readonly StateValue[] }[];
  /** What the device judges itself: the order, and what it changes. */
  readonly judged?: { readonly command: string; readonly shows: StateValue };
}

const explode = { Command: "Explode", Arguments: [] };
const run = (Programme: string) => ({ Command: "Run", Arguments: [{ Name: "Programme", Value: Programme }] });
/** One property given twice. */
const twice = (Name: string, Value: StateValue["Value"]) => ({ Command: "Set", Arguments: [Value, Value].map((each) => ({ Name, Value: each })) });
const set = (Name: string, Value: StateValue["Value"]) => ({ Command: "Set", Arguments: [{ Name, Value }] });

export const samples: Readonly<Record<string, Sample>> = {
  light: {
    command: "Set",
    arguments: [{ Name: "Brightness", Value: 40 }],
    shows: { Name: "Brightness", Value: 40 },
    turned: { name: "On", value: true, isEvent: false },
    refused: [explode, set("Brightness", 400), set("Brightness", "x"), set("Colour", 1), twice("On", true)],
  },
  plug: {
    command: "Set",
    arguments: [{ Name: "On", Value: true }],
    shows: { Name: "On", Value: true },
    turned: { name: "On", value: false, isEvent: false },
    refused: [explode, set("On", 1), set("Power", 5)],
  },
  lock: {
    command: "Identify",
    arguments: [],
    turned: { name: "Locked", value: false, isEvent: true },
    refused: [explode, set("Locked", false), { Command: "Unlock", Arguments: [] }],
    judged: { command: "Lock", shows: { Name: "Locked", Value: true } },
  },
  "garage-door": {
    command: "Close",
    arguments: [],
    shows: { Name: "Position", Value: 0 },
    turned: { name: "Position", value: 30, isEvent: true },
    refused: [explode, set("Position", 50), { Command: "Open", Arguments: [] }],
    judged: { command: "Open", shows: { Name: "Position", Value: 100 } },
  },
  siren: {
    command: "Identify",
    arguments: [],
    turned: { name: "Sounding", value: true, isEvent: true },
    refused: [explode, set("Armed", true), { Command: "Disarm", Arguments: [] }],
    judged: { command: "Arm", shows: { Name: "Armed", Value: true } },
  },
  thermostat: {
    command: "Set",
    arguments: [{ Name: "Target", Value: 21.5 }],
    shows: { Name: "Target", Value: 21.5 },
    turned: { name: "Target", value: 18, isEvent: false },
    refused: [explode, set("Target", 90), set("Mode", "boil")],
  },
  sensor: {
    command: "Identify",
    arguments: [],
    turned: { name: "Motion", value: true, isEvent: true },
    refused: [explode, set("Temperature", 21)],
  },
  button: {
    command: "Identify",
    arguments: [],
    turned: { name: "Presses", value: 3, isEvent: true },
    refused: [explode, set("Presses", 0)],
  },
  contact: {
    command: "Identify",
    arguments: [],
    turned: { name: "Open", value: true, isEvent: true },
    refused: [explode, set("Open", false)],
  },
  leak: {
    command: "Identify",
    arguments: [],
    turned: { name: "Wet", value: true, isEvent: true },
    refused: [explode, set("Wet", false)],
  },
  blender: {
    command: "Set",
    arguments: [{ Name: "Speed", Value: 7 }],
    shows: { Name: "Speed", Value: 7 },
    turned: { name: "Lid", value: false, isEvent: true },
    refused: [explode, set("Speed", 99), { Command: "Start", Arguments: [{ Name: "Speed", Value: 1 }] }, run("Speed 99, 20 s")],
  },
  oven: {
    command: "Set",
    arguments: [{ Name: "Target", Value: 200 }],
    shows: { Name: "Target", Value: 200 },
    turned: { name: "Door", value: false, isEvent: true },
    refused: [explode, set("Target", 999), set("Mode", "boil"), set("Temperature", 20), run("Mode fan")],
  },
};
