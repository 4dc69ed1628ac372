/** What hubs ask and tell, in words. Names are those of this account's own catalogs; a hub's word for a device counts where there is none. */
import { fromDateTime } from "../../base/clock.ts";
import { shorten } from "../../base/shorten.ts";
import type { ConfirmOrder, DeviceAlert, StateValue } from "../../schema/index.ts";
import { deviceCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";

const mostText = 120;
/** An alert that is told later than this says how late. */
const lateMs = 120_000;

const alerts: Readonly<Record<string, string>> = {
  smoke: "reports smoke",
  leak: "reports water",
  alarm: "sounds an alarm",
  open: "was left open",
  ready: "is ready",
};

/** An order that is to be confirmed. */
export function orderInWords(context: AccountContext, { DeviceUdf, LocalName, Command, Arguments, Principal, Judged }: ConfirmOrder): string {
  const told = Arguments.length === 0 ? "" : ` (${shorten(Arguments.map(valueInWords).join(", "), mostText)})`;
  const own = Judged === true ? "; accepting gives the order from this device" : "";
  return `${shorten(Command, mostText)} ${nameOf(context, DeviceUdf, LocalName)}${told}, asked for by ${shorten(Principal, mostText)}${own}`;
}

/** An alert. */
export function alertInWords(context: AccountContext, { DeviceUdf, LocalName, Alert, About, Time, Told, Count }: DeviceAlert): string {
  const what = Object.hasOwn(alerts, Alert) ? alerts[Alert] : `reports ${shorten(Alert, 40)}`;
  const late = fromDateTime(Told) - fromDateTime(Time);
  const often = Count > 1 ? `, ${Count} times` : "";
  const since = late > lateMs ? `; told ${minutes(late)} late, the hub had no Internet` : "";
  const about = About === undefined ? "" : `${shorten(About, mostText)}: `;
  return `${about}${nameOf(context, DeviceUdf, LocalName)} ${what} since ${Time}${often}${since}`;
}

function minutes(ms: number): string {
  const all = Math.round(ms / 60_000);
  return all < 120 ? `${all} min` : `${Math.round(all / 60)} h`;
}

function valueInWords({ Name, Value }: StateValue): string {
  return `${Name} ${String(Value)}`;
}

function nameOf(context: AccountContext, udf: string, localName: string): string {
  return context.get(deviceCatalog, udf)?.LocalName ?? shorten(localName, mostText);
}
