/** What the declarations of commands have in common: how the body of one is run, and options that several of them take. */
import type { Invocation } from "./surroundings.ts";

/** Carries out a command; when it gives a number, that is the exit status. */
export type Body = (call: Invocation) => Promise<unknown>;

/** Runs the body of the command that was asked for. */
export type Run = (body: Body) => Promise<void>;

export const roleText = "what it may do: hub, or one or more of web, message, threshold, device, command, admin, super";
export const shareText = "with --role threshold, a further store of whose key it gets a share alone: MMM_Task, MMM_Bookmark or MMM_Application";
