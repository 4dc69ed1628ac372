/** What hubs ask and tell, in words. Names are those of this account's own catalogs; a hub's word for a device counts where there is none. */
import { fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import { visible } from "../../base/visible.ts";
import { programmeProperty } from "../../driver/index.ts";
import type { ConfirmOrder, DeviceAlert, StateValue } from "../../schema/index.ts";
import { deviceCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";

const mostText = 120;
/** Characters of the values of an order: what honest hubs ask has less. */
const mostValues = 1500;
/** An alert that is told later than this says how late. */
const lateMs = 120_000;

const alerts: Readonly<Record<string, string>> = {
  smoke: "reports smoke",
  leak: "reports water",
  alarm: "sounds an alarm",
  open: "was left open",
  ready: "is ready",
  cut: "lost its power and does not go on",
};

/** An order that is to be confirmed, with all that it sets: nothing of that is cut, and no text in it can pass for another part. */
export function orderInWords(context: AccountContext, { DeviceUdf, LocalName, Command, Arguments, Principal, Judged }: ConfirmOrder): string {
  const values = valuesInWords(Arguments);
  const told = values === undefined ? " with more than can be shown: it cannot be accepted" : values === "" ? "" : ` (${values})`;
  const own = Judged === true ? "; accepting gives the order from this device" : "";
  return `${plain(shorten(Command, mostText))} ${nameOf(context, DeviceUdf, LocalName)}${told}, asked for by ${shorten(Principal, mostText)}${own}`;
}

/** Errors: ERR_TOO_LARGE for an order of which not everything can be shown to whoever is to confirm it. */
export function requireShown({ Arguments }: Pick<ConfirmOrder, "Arguments">): void {
  if (valuesInWords(Arguments) === undefined)
    throw new MeshError("ERR_TOO_LARGE", `the order has more than the ${mostValues} characters of values that can be shown`, {
      hint: "reject it, and look at what the hub does",
    });
}

/** The values of an order; undefined when they cannot be shown whole. A programme stands first: it is what heats and moves. */
function valuesInWords(values: ConfirmOrder["Arguments"]): string | undefined {
  const isProgramme = ({ Name }: StateValue): boolean => Name === programmeProperty;
  const words = [...values.filter(isProgramme), ...values.filter((value) => !isProgramme(value))].map(valueInWords).join(", ");
  return words.length > mostValues ? undefined : words;
}

/** An alert. */
export function alertInWords(context: AccountContext, { DeviceUdf, LocalName, Alert, About, Time, Told, Count }: DeviceAlert): string {
  const what = Object.hasOwn(alerts, Alert) ? alerts[Alert] : `reports ${shorten(Alert, 40)}`;
  const late = fromDateTime(Told) - fromDateTime(Time);
  const often = Count > 1 ? `, ${Count} times` : "";
  const since = late > lateMs ? `; told ${minutes(late)} late, the hub had no Internet` : "";
  const about = About === undefined ? "" : ` (${quoted(shorten(About, mostText))})`;
  return `${nameOf(context, DeviceUdf, LocalName)} ${what}${about} since ${Time}${often}${since}`;
}

function minutes(ms: number): string {
  const all = Math.round(ms / 60_000);
  return all < 120 ? `${all} min` : `${Math.round(all / 60)} h`;
}

function valueInWords({ Name, Value }: StateValue): string {
  if (typeof Value === "string") return `${plain(Name)} ${quoted(Value)}`;
  return `${plain(Name)} ${typeof Value === "object" ? "what is no value" : String(Value)}`;
}

const quoted = (text: string): string => visible(JSON.stringify(text));

/** A name that drivers use stands as it is. */
const plain = (name: string): string => (/^\w{1,64}$/.test(name) ? name : quoted(name));

function nameOf(context: AccountContext, udf: string, localName: string): string {
  return context.get(deviceCatalog, udf)?.LocalName ?? shorten(localName, mostText);
}
