/** The orders that a person gives a device: one at a time, and what may do harm when it was confirmed. */
import { useSignal } from "@preact/signals";
import type { CommandResult, DeviceView, PropertyView } from "../../api/hub-v1.ts";
import { call } from "../hub/call.ts";
import { say } from "../words/words.ts";
import type { PlainValue } from "./control.tsx";

/** A command of a device. */
export type Command = DeviceView["commands"][number];
type Given = Readonly<Record<string, PlainValue>>;

/** What waits for the person to say that it is meant. */
export interface Asked {
  readonly command: Command;
  readonly given: Given;
}

/** How it stands with them, and the ways to give them. */
export interface Orders {
  readonly busy: boolean;
  readonly failure: unknown;
  readonly asked: Asked | undefined;
  order(command: Command, given: Given): void;
  answer(isYes: boolean): void;
}

/** The orders of one device. */
export function useOrders(udf: string, properties: readonly PropertyView[]): Orders {
  const busy = useSignal(false);
  const failure = useSignal<unknown>(undefined);
  const asked = useSignal<Asked | undefined>(undefined);
  const give = async ({ command, given }: Asked): Promise<void> => {
    busy.value = true;
    failure.value = undefined;
    try {
      const args = Object.entries(given).map(([argument, value]) => ({ name: argument, value }));
      const { result, report } = await call<CommandResult>("/v1/command", { device: udf, command: command.name, arguments: args });
      if (result !== "Accept") failure.value = new Error(report ? `${say(result === "Pending" ? "pending" : "refused")}: ${report}` : say("refused"));
    } catch (error) {
      failure.value = error;
    }
    busy.value = false;
  };
  return {
    busy: busy.value,
    failure: failure.value,
    asked: asked.value,
    order(command, given) {
      if (isHarmful({ command, given }, properties)) asked.value = { command, given };
      else void give({ command, given });
    },
    answer(isYes) {
      const meant = asked.value;
      asked.value = undefined;
      if (isYes && meant) void give(meant);
    },
  };
}

function isHarmful({ command, given }: Asked, properties: readonly PropertyView[]): boolean {
  if (command.risky === true) return true;
  return properties.some(({ name, harmlessTo }) => harmlessTo !== undefined && name in given && !(Number(given[name]) <= harmlessTo));
}
