/** Gives orders by the way that there is: through the service, or, where that is away, through the hub on this machine. */
import type { AccountContext, CommandOrder, CommandOutcome, OrderWay } from "../../../account/index.ts";
import { afarWay, giveJudgedOrder, sendCommands } from "../../../account/index.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import { appendAll } from "../../../base/list.ts";
import { judgesOrders } from "../../../schema/index.ts";
import type { House } from "../house.ts";
import type { Turn } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import type { Door } from "./door.ts";
import { doorAt, socketHere } from "./door.ts";

/** What giving orders takes. */
export interface GiveOptions {
  readonly call: Invocation;
  readonly context: AccountContext;
  readonly turn: Turn;
  readonly house: House;
  readonly seconds: number | undefined;
  /** Socket of the hub that is to be asked, where the person says so. */
  readonly hub: string | undefined;
}

/** True for a command that the device judges itself. */
export function isJudged({ byUdf }: House, { deviceUdf, command }: Pick<CommandOrder, "deviceUdf" | "command">): boolean {
  const { description } = byUdf.get(deviceUdf) ?? {};
  return description !== undefined && judgesOrders(description, command);
}

/** The way to devices that judge: the door of a hub that was named, else the service. */
export function wayOf({ call, context, turn, seconds, hub }: GiveOptions): OrderWay {
  if (hub !== undefined) return doorAt(call, hub).way;
  return afarWay(context, { signal: call.signal, turn, ...(seconds === undefined ? {} : { seconds }) });
}

/** Gives orders; each has its outcome. Errors: ERR_SERVICE_UNREACHABLE where no hub on this machine can be asked, ERR_HUB_NOT_RUNNING, those of sendCommands. */
export async function giveOrders(options: GiveOptions, orders: readonly CommandOrder[]): Promise<readonly CommandOutcome[]> {
  const { call, hub } = options;
  if (hub !== undefined) return throughDoor(options, doorAt(call, hub), orders);
  const outcomes = await throughService(options, orders);
  const left = outcomes.filter(isAway);
  const socket = left.length === 0 ? undefined : await socketHere(call);
  if (socket === undefined) {
    const { error } = left[0] ?? {};
    if (left.length < orders.length || !error) return outcomes;
    throw new MeshError(error.code, error.message, { hint: "on the hub's own machine name its socket by --hub", detail: error.detail, cause: error });
  }
  call.output.say(`the service is away: asking the hub on this machine (${socket})`);
  const again = await throughDoor(
    options,
    doorAt(call, socket),
    left.map(({ order }) => order),
  );
  return outcomes.map((outcome) => again.find(({ order }) => order === outcome.order) ?? outcome);
}

/** Nothing of it was sent, so that it may go another way. */
function isAway({ result, error }: CommandOutcome): boolean {
  return result === "Reject" && error?.code === "ERR_SERVICE_UNREACHABLE";
}

async function throughService(options: GiveOptions, orders: readonly CommandOrder[]): Promise<readonly CommandOutcome[]> {
  const { call, context, turn, house, seconds } = options;
  const plain = orders.filter((order) => !isJudged(house, order));
  const outcomes: CommandOutcome[] = [];
  if (plain.length > 0) {
    try {
      appendAll(outcomes, await sendCommands(context, plain, { signal: call.signal, turn, ...(seconds === undefined ? {} : { seconds }) }));
    } catch (error) {
      if (!isMeshError(error, "ERR_SERVICE_UNREACHABLE")) throw error;
      for (const order of plain) outcomes.push({ order, result: "Reject", error });
    }
  }
  const way = wayOf(options);
  for (const order of orders) if (isJudged(house, order)) outcomes.push(await giveJudgedOrder(context, way, order));
  return inOrder(orders, outcomes);
}

async function throughDoor(
  { context, house, seconds }: GiveOptions,
  door: Door,
  orders: readonly CommandOrder[],
): Promise<readonly CommandOutcome[]> {
  const outcomes: CommandOutcome[] = [];
  for (const order of orders) {
    outcomes.push(isJudged(house, order) ? await giveJudgedOrder(context, door.way, order) : await door.command(order, seconds));
  }
  return outcomes;
}

function inOrder(orders: readonly CommandOrder[], outcomes: readonly CommandOutcome[]): readonly CommandOutcome[] {
  return orders.map((order) => {
    const found = outcomes.find((outcome) => outcome.order === order);
    if (!found) throw new MeshError("ERR_INTERNAL", `an order to ${order.deviceUdf} without an outcome`);
    return found;
  });
}
