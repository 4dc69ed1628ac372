/** Gives orders by the way that there is: through the service, or, where that is away, through the hub on this machine. */
import type { AccountContext, CommandOrder, CommandOutcome, OrderWay } from "../../../account/index.ts";
import { afarWay, askReport, giveJudgedOrder, sendCommands } from "../../../account/index.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import { appendAll } from "../../../base/list.ts";
import type { DeviceReport } from "../../../schema/index.ts";
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

/** True for an order that the device judges itself. */
export function isJudged(
  { byUdf }: House,
  { deviceUdf, command, arguments: values }: Pick<CommandOrder, "deviceUdf" | "command" | "arguments">,
): boolean {
  const { description } = byUdf.get(deviceUdf) ?? {};
  return description !== undefined && judgesOrders(description, { command, arguments: values });
}

/** The way to devices that judge: the door of a hub that was named, else the service. */
function wayOf({ call, context, turn, seconds, hub }: GiveOptions): OrderWay {
  if (hub !== undefined) return doorAt(call, hub).way;
  return afarWay(context, { signal: call.signal, turn, ...(seconds === undefined ? {} : { seconds }) });
}

/** Gives orders; each has its outcome. Errors: ERR_SERVICE_UNREACHABLE where no hub on this machine can be asked, ERR_HUB_NOT_RUNNING, those of sendCommands. */
export async function giveOrders(options: GiveOptions, orders: readonly CommandOrder[]): Promise<readonly CommandOutcome[]> {
  const { call, hub } = options;
  if (hub !== undefined) return throughDoor(options, doorAt(call, hub), orders);
  const outcomes = await throughService(options, orders);
  const left = outcomes.filter(isAway);
  const door = left.length === 0 ? undefined : await doorHere(call);
  if (door === undefined) {
    const { error } = left[0] ?? {};
    if (left.length < orders.length || !error) return outcomes;
    throw withoutDoor(error);
  }
  const again = await throughDoor(
    options,
    door,
    left.map(({ order }) => order),
  );
  return outcomes.map((outcome) => again.find(({ order }) => order === outcome.order) ?? outcome);
}

/** What devices sign over a nonce of this machine, by the same ways. Errors: ERR_VERIFICATION, and what keeps a device from answering. */
export async function askReports(options: GiveOptions, udfs: readonly string[]): Promise<readonly DeviceReport[]> {
  const { call, context, hub } = options;
  const reports: DeviceReport[] = [];
  let way = wayOf(options);
  let mayTurn = hub === undefined;
  for (const deviceUdf of udfs) {
    const asked = { deviceUdf, class: "", command: "", arguments: [] };
    try {
      reports.push(await askReport(context, way, asked));
    } catch (error) {
      if (!mayTurn || !isMeshError(error, "ERR_SERVICE_UNREACHABLE")) throw error;
      const door = await doorHere(call);
      if (door === undefined) throw withoutDoor(error);
      mayTurn = false;
      way = door.way;
      reports.push(await askReport(context, way, asked));
    }
  }
  return reports;
}

/** The door of a hub on this machine, for when the service is away; the person is told which. */
async function doorHere(call: Invocation): Promise<Door | undefined> {
  const socket = await socketHere(call);
  if (socket === undefined) return undefined;
  call.output.say(`the service is away: asking the hub on this machine (${socket})`);
  return doorAt(call, socket);
}

function withoutDoor(cause: MeshError): MeshError {
  const { code, message, detail } = cause;
  return new MeshError(code, message, { hint: "on the hub's own machine name its socket by --hub", detail, cause });
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
