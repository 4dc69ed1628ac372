/** `calendar …`: tasks and appointments. */
import { appointments, deleteRecord, findRecord, keepRecords, records } from "../../../account/index.ts";
import { dateTime } from "../../../base/clock.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import { newNonce } from "../../../crypto/index.ts";
import type { CatalogedTask } from "../../../schema/index.ts";
import { envelopeObject, peekObject, Task } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printFields, printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What is known of an appointment. */
export interface AppointmentFlags {
  readonly start?: string;
  readonly finish?: string;
  readonly location?: string;
}

/** `calendar add TITLE`. */
export async function calendarAdd(call: Invocation, title: string, flags: AppointmentFlags): Promise<void> {
  const { output } = call;
  const { random } = call.ports;
  const Key = newNonce(random);
  const [Start, Finish] = [timeOf("--start", flags.start), timeOf("--finish", flags.finish)];
  if (Start !== undefined && Finish !== undefined && Finish < Start) throw new MeshError("ERR_USAGE", "it would end before it begins");
  const task: Task = {
    Key,
    Title: title,
    ...(Start === undefined ? {} : { Start }),
    ...(Finish === undefined ? {} : { Finish }),
    ...(flags.location === undefined ? {} : { Location: flags.location }),
  };
  const entry: CatalogedTask = { Key, Title: title, EnvelopedTask: envelopeObject({ struct: Task, value: task, random }) };
  await inAccount(call, { doing: "keeping the appointment", sync: "needed" }, (context) => keepRecords(context, appointments, [entry]));
  report(output, shown(entry), () => output.line(Key));
}

/** `calendar get ID`. */
export async function calendarGet(call: Invocation, id: string): Promise<void> {
  const { output } = call;
  const { entry } = await inAccount(call, { doing: "opening the calendar", sync: "wanted" }, (context) => findRecord(context, appointments, id));
  report(output, shown(entry), () => printFields(output, Object.entries(shown(entry))));
}

/** `calendar list`. */
export async function calendarList(call: Invocation): Promise<void> {
  const { output } = call;
  const kept = await inAccount(call, { doing: "synchronising", sync: "wanted" }, (context) => records(context, appointments));
  const rows = kept.map(({ entry }) => shown(entry)).sort((a, b) => ((a.start ?? "~") < (b.start ?? "~") ? -1 : 1));
  report(output, { appointments: rows }, () =>
    printTable(
      output,
      ["id", "start", "title"],
      rows.map(({ id = "", start = "", title = "" }) => [id, start, title]),
    ),
  );
  if (rows.length === 0) output.say("nothing yet; 'meshman calendar add TITLE --start TIME' keeps something");
}

/** `calendar delete ID`. */
export async function calendarDelete(call: Invocation, id: string): Promise<void> {
  const { output } = call;
  const { key } = await inAccount(call, { doing: "deleting the appointment", sync: "needed" }, (context) => deleteRecord(context, appointments, id));
  report(output, { id: key }, () => output.line(key));
}

function shown({ Key, Title, EnvelopedTask }: CatalogedTask): Readonly<Record<"id" | "title" | "start" | "finish" | "location", string | undefined>> {
  const task = EnvelopedTask && taskIn(EnvelopedTask);
  return { id: Key, title: Title ?? task?.Title, start: task?.Start, finish: task?.Finish, location: task?.Location };
}

/** Of another machine's program it may be anything. */
function taskIn(enveloped: NonNullable<CatalogedTask["EnvelopedTask"]>): Task | undefined {
  try {
    return peekObject(Task, enveloped);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return undefined;
  }
}

/** Errors: ERR_USAGE. */
function timeOf(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new MeshError("ERR_USAGE", `${flag} ${JSON.stringify(text)} is no time`, { hint: "write it like 2026-12-24T18:00" });
  return dateTime(at);
}
