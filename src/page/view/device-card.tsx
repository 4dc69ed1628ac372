/** One device: what it reports and what it can be told, drawn from its description alone. What is used every day is on the card, the rest in its details. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { CommandResult, DeviceView, PropertyView } from "../../api/hub-v1.ts";
import { call } from "../hub/call.ts";
import { device, recall } from "../hub/house.ts";
import type { Word } from "../words/words.ts";
import { figure, say, term, time } from "../words/words.ts";
import { Confirm } from "./confirm.tsx";
import type { PlainValue } from "./control.tsx";
import { Control, Switch } from "./control.tsx";
import { DeviceEdit } from "./device-edit.tsx";
import { Failure } from "./failure.tsx";
import { Icon } from "./icon.tsx";
import { Plot } from "./plot.tsx";

type Command = DeviceView["commands"][number];
type Given = Readonly<Record<string, PlainValue>>;

/** What waits for the person to say that it is meant. */
interface Asked {
  readonly command: Command;
  readonly given: Given;
}

const stands: Readonly<Record<DeviceView["status"], Word>> = { Online: "online", Offline: "offline", Sleeping: "sleeping", Unknown: "unknown" };
/** What shows which device it is, and nothing else: seldom wanted. */
const seldom = "Identify";

/** A device in the list. */
export function DeviceCard({ udf }: { readonly udf: string }): JSX.Element | null {
  const busy = useSignal(false);
  const failure = useSignal<unknown>(undefined);
  const asked = useSignal<Asked | undefined>(undefined);
  const isOpen = useSignal(false);
  const shown = device(udf)?.value;
  if (!shown) return null;
  const { name, properties, commands, values, own, connected } = shown;
  const reported = (property: string): PlainValue | undefined => values.find((each) => each.name === property)?.value;
  const give = async (command: Command, given: Given): Promise<void> => {
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
  const isHarmful = (command: Command, given: Given): boolean =>
    command.risky === true ||
    properties.some(({ name: property, harmlessTo }) => harmlessTo !== undefined && property in given && !(Number(given[property]) <= harmlessTo));
  const order = (command: Command, given: Given): void => {
    if (isHarmful(command, given)) asked.value = { command, given };
    else void give(command, given);
  };
  const setters = new Map(commands.flatMap((command) => command.arguments.map((argument) => [argument, command] as const)).reverse());
  const settable = properties.filter(({ writable, name: property }) => writable === true && setters.has(property) && own);
  const controlOf = (property: PropertyView) => ({
    device: name,
    property,
    value: reported(property.name),
    busy: busy.value || setters.get(property.name)?.judged === true,
    onSet: (value: PlainValue) => order(setters.get(property.name) as Command, { [property.name]: value }),
  });
  const main = settable.find(({ type, name: property }) => type === "boolean" && property === "On");
  const typed = settable.filter(({ type, minimum }) => type === "string" || (type === "number" && minimum === undefined));
  const plain = own ? commands.filter((command) => command.arguments.length === 0) : [];
  const buttonsOf = (some: readonly Command[]): JSX.Element | null =>
    some.length === 0 ? null : (
      <div class="row">
        {some.map((command) => (
          <button
            key={command.name}
            type="button"
            disabled={busy.value || command.judged === true}
            aria-label={`${term(command.name)}: ${name}`}
            onClick={() => order(command, {})}
          >
            <span class="term">{term(command.name)}</span>
          </button>
        ))}
      </div>
    );
  const judged = commands.filter((command) => command.judged && own);
  return (
    <li class={`card device ${main && reported("On") === true ? "lit" : ""}`} aria-busy={busy.value} data-udf={udf}>
      <div class="head">
        <span class="tile">
          <Icon name={shown.class} />
        </span>
        <div class="title">
          <h3>{name}</h3>
          <p class="quiet">
            <span class={`dot ${shown.status}`} aria-hidden="true" /> {term(shown.class)}, {say(stands[shown.status])}
            {connected ? "" : `, ${say("notConnected")}`}
            {own ? "" : `, ${say("elsewhere")}`}
            {shown.restored ? `, ${say("restored")}` : ""}
          </p>
        </div>
        {main ? <Switch {...controlOf(main)} bare /> : null}
      </div>
      {values.length === 0 && settable.length === 0 && properties.length > 0 ? <p class="quiet">{say("nothingReported")}</p> : null}
      {properties.map((property) =>
        settable.includes(property) ? null : (
          <Reading key={property.name} udf={udf} device={name} property={property} value={reported(property.name)} />
        ),
      )}
      {settable.map((property) => (property === main || typed.includes(property) ? null : <Control key={property.name} {...controlOf(property)} />))}
      {buttonsOf(plain.filter((command) => command.name !== seldom))}
      {judged.length === 0 ? null : <p class="quiet term">{say("judged", { command: judged.map((command) => term(command.name)).join(", ") })}</p>}
      {asked.value ? (
        <Confirm
          question={say("really", { command: inWords(asked.value), name })}
          yes={say("yesDo", { command: inWords(asked.value) })}
          onAnswer={(isYes) => {
            const meant = asked.value;
            asked.value = undefined;
            if (isYes && meant) void give(meant.command, meant.given);
          }}
        />
      ) : null}
      <Failure error={failure.value} />
      <details
        onToggle={(event) => {
          isOpen.value = event.currentTarget.open;
          // Without it the curves begin with this page.
          if (isOpen.value && properties.some(({ type }) => type === "number")) void recall(udf).catch(() => undefined);
        }}
      >
        <summary aria-label={`${say("details")}: ${name}`}>{say("details")}</summary>
        {isOpen.value ? (
          <>
            {typed.map((property) => (
              <Control key={property.name} {...controlOf(property)} />
            ))}
            {buttonsOf(plain.filter((command) => command.name === seldom))}
            {own ? <DeviceEdit device={shown} /> : null}
            <dl>
              <dt>{say("maker")}</dt>
              <dd>
                {shown.manufacturer} {shown.model}
              </dd>
              {shown.bridge === undefined ? null : (
                <>
                  <dt>{say("behind")}</dt>
                  <dd>
                    {shown.bridge}, {shown.foreignId}
                  </dd>
                </>
              )}
              <dt>{say("fingerprint")}</dt>
              <dd class="code">{udf}</dd>
            </dl>
            <p class="quiet">
              {shown.says === undefined ? "" : `${say(shown.says === "device" ? "saysDevice" : "saysHub")}, `}
              {shown.lastContact === undefined ? "" : say("lastContact", { time: time(shown.lastContact) })}
            </p>
          </>
        ) : null}
      </details>
    </li>
  );
}

/** What a person is asked to confirm: the command, and what it sets. */
function inWords({ command, given }: Asked): string {
  return [term(command.name), ...Object.values(given).map((value) => (typeof value === "number" ? figure(value) : String(value)))].join(" ");
}

/** A value that is only told. */
function Reading(options: {
  readonly udf: string;
  readonly device: string;
  readonly property: PropertyView;
  readonly value: PlainValue | undefined;
}): JSX.Element | null {
  const { udf, device: name, property, value } = options;
  if (value === undefined) return null;
  return (
    <div class="reading">
      <span class="term">{term(property.name)}</span>
      <output>{shownValue(property, value)}</output>
      {typeof value === "number" ? <Plot udf={udf} device={name} property={property} latest={value} /> : null}
    </div>
  );
}

function shownValue({ name, unit }: PropertyView, value: PlainValue): string {
  if (typeof value === "boolean") return name === "On" ? say(value ? "on" : "off") : say(value ? "yes" : "no");
  if (typeof value === "number") return `${figure(value)}${unit === undefined ? "" : ` ${unit}`}`;
  return term(value);
}
