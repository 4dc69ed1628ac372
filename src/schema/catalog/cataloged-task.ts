/** Tasks and appointments. schema-08 §5; primary key: Key, a nonce UDF. 2022 calls a task an engagement. */
import type { Struct } from "../../codec/field.ts";
import { boolean, dateTime, list, optional, string, struct } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";

/** Something to do, or to attend. */
export interface Task {
  readonly Key?: string;
  readonly Start?: string;
  readonly Finish?: string;
  readonly StartTravel?: string;
  readonly FinishTravel?: string;
  readonly TimeZone?: string;
  readonly Title?: string;
  readonly Description?: string;
  readonly Location?: string;
  readonly Trigger?: readonly string[];
  readonly Conference?: readonly string[];
  readonly Repeat?: string;
  readonly Busy?: boolean;
}
export const Task: Struct<Task> = struct<Task>(
  "Task",
  {
    Key: optional(string),
    Start: optional(dateTime),
    Finish: optional(dateTime),
    StartTravel: optional(string),
    FinishTravel: optional(string),
    TimeZone: optional(string),
    Title: optional(string),
    Description: optional(string),
    Location: optional(string),
    Trigger: optional(list(string)),
    Conference: optional(list(string)),
    Repeat: optional(string),
    Busy: optional(boolean),
  },
  { tags: ["Engagement"] },
);

/** Entry of the Task catalog. */
export interface CatalogedTask {
  readonly Labels?: readonly string[];
  readonly EnvelopedTask?: Enveloped<Task>;
  readonly Title?: string;
  readonly Key?: string;
}
export const CatalogedTask: Struct<CatalogedTask> = struct<CatalogedTask>(
  "CatalogedTask",
  {
    Labels: optional(list(string)),
    EnvelopedTask: optional(enveloped<Task>()),
    Title: optional(string),
    Key: optional(string),
  },
  { fields: { EnvelopedTask: ["EnvelopedEngagement"] } },
);
