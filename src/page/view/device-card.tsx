/** One device: what it reports and what it can be told, drawn from its description alone. What is used every day is on the card, the rest in its details. */
import type { JSX } from "preact";
import type { DeviceView, PropertyView } from "../../api/hub-v1.ts";
import { device } from "../hub/house.ts";
import type { Word } from "../words/words.ts";
import { figure, say, term } from "../words/words.ts";
import { Confirm } from "./confirm.tsx";
import type { PlainValue } from "./control.tsx";
import { Control, Switch } from "./control.tsx";
import { DeviceDetails } from "./device-details.tsx";
import { Failure } from "./failure.tsx";
import { Icon } from "./icon.tsx";
import { Reading } from "./reading.tsx";
import type { Asked, Command, Orders } from "./use-orders.ts";
import { useOrders } from "./use-orders.ts";

const stands: Readonly<Record<DeviceView["status"], Word>> = { Online: "online", Offline: "offline", Sleeping: "sleeping", Unknown: "unknown" };
/** What shows which device it is, and nothing else: seldom wanted. */
const seldom = "Identify";

/** A device in the list. */
export function DeviceCard({ udf }: { readonly udf: string }): JSX.Element | null {
  const shown = device(udf)?.value;
  const orders = useOrders(udf, shown?.properties ?? []);
  if (!shown) return null;
  const { name, properties, commands, values, own } = shown;
  const { busy, asked, failure } = orders;
  const reported = (property: string): PlainValue | undefined => values.find((each) => each.name === property)?.value;
  const setters = new Map(commands.flatMap((command) => command.arguments.map((argument) => [argument, command] as const)).reverse());
  const settable = properties.filter(({ writable, name: property }) => writable === true && setters.has(property) && own);
  const controlOf = (property: PropertyView) => ({
    device: name,
    property,
    value: reported(property.name),
    busy: busy || setters.get(property.name)?.judged === true,
    onSet: (value: PlainValue) => orders.order(setters.get(property.name) as Command, { [property.name]: value }),
  });
  const main = settable.find(({ type, name: property }) => type === "boolean" && property === "On");
  const typed = settable.filter(({ type, minimum }) => type === "string" || (type === "number" && minimum === undefined));
  const plain = own ? commands.filter((command) => command.arguments.length === 0) : [];
  const judged = commands.filter((command) => command.judged && own);
  return (
    <li class={`card device ${main && reported("On") === true ? "lit" : ""}`} aria-busy={busy} data-udf={udf}>
      <Head shown={shown}>{main ? <Switch {...controlOf(main)} bare /> : null}</Head>
      {values.length === 0 && settable.length === 0 && properties.length > 0 ? <p class="quiet">{say("nothingReported")}</p> : null}
      {properties.map((property) =>
        settable.includes(property) ? null : (
          <Reading key={property.name} udf={udf} device={name} property={property} value={reported(property.name)} />
        ),
      )}
      {settable.map((property) => (property === main || typed.includes(property) ? null : <Control key={property.name} {...controlOf(property)} />))}
      <Buttons device={name} commands={plain.filter((command) => command.name !== seldom)} orders={orders} />
      {judged.length === 0 ? null : <p class="quiet term">{say("judged", { command: judged.map((command) => term(command.name)).join(", ") })}</p>}
      {asked ? (
        <Confirm
          question={say("really", { command: inWords(asked), name })}
          yes={say("yesDo", { command: inWords(asked) })}
          onAnswer={(isYes) => orders.answer(isYes)}
        />
      ) : null}
      <Failure error={failure} />
      <DeviceDetails shown={shown}>
        {typed.map((property) => (
          <Control key={property.name} {...controlOf(property)} />
        ))}
        <Buttons device={name} commands={plain.filter((command) => command.name === seldom)} orders={orders} />
      </DeviceDetails>
    </li>
  );
}

/** Which device it is, and how it stands with it. */
function Head({ shown, children }: { readonly shown: DeviceView; readonly children: JSX.Element | null }): JSX.Element {
  const { name, status, connected, own, restored } = shown;
  return (
    <div class="head">
      <span class="tile">
        <Icon name={shown.class} />
      </span>
      <div class="title">
        <h3>{name}</h3>
        <p class="quiet">
          <span class={`dot ${status}`} aria-hidden="true" /> {term(shown.class)}, {say(stands[status])}
          {connected ? "" : `, ${say("notConnected")}`}
          {own ? "" : `, ${say("elsewhere")}`}
          {restored ? `, ${say("restored")}` : ""}
        </p>
      </div>
      {children}
    </div>
  );
}

/** A button for each command that takes nothing. */
function Buttons(options: { readonly device: string; readonly commands: readonly Command[]; readonly orders: Orders }): JSX.Element | null {
  const { device: name, commands, orders } = options;
  if (commands.length === 0) return null;
  return (
    <div class="row">
      {commands.map((command) => (
        <button
          key={command.name}
          type="button"
          disabled={orders.busy || command.judged === true}
          aria-label={`${term(command.name)}: ${name}`}
          onClick={() => orders.order(command, {})}
        >
          <span class="term">{term(command.name)}</span>
        </button>
      ))}
    </div>
  );
}

/** What a person is asked to confirm: the command, and what it sets. */
function inWords({ command, given }: Asked): string {
  return [term(command.name), ...Object.values(given).map((value) => (typeof value === "number" ? figure(value) : String(value)))].join(" ");
}
