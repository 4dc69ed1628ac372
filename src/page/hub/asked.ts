/** What this page asked the owner for, and where it waits: a hub may not rename, place, remove or grant; an administration device of the owner does. */
import { signal } from "@preact/signals";
import type { EditAsked, EditRequest, PlaceView, QuestionView } from "../../api/house-v1.ts";
import { call } from "./call.ts";
import { askSigned } from "./passkey.ts";
import { session } from "./session.ts";

/** The newest first. */
export const questions = signal<readonly QuestionView[]>([]);
export const places = signal<readonly PlaceView[]>([]);

/** Names and places need no finger. Nor does a passkey sign that it may sign. */
const unsigned: readonly EditRequest["kind"][] = ["rename", "move", "place-add", "place-delete", "passkey-add"];

/** True for what nobody has answered yet. */
export function isOpen({ state }: QuestionView): boolean {
  return state === "sending" || state === "waiting";
}

/** Changes that are about something, the newest first: a device, place, grant or offer by its key. */
export function askedOf(key: string): readonly QuestionView[] {
  return questions.value.filter(({ change }) => change?.key === key);
}

/** Asks for all of it again. Errors: CallError. */
export async function refreshAsked(): Promise<void> {
  const [asked, known] = await Promise.all([call<{ questions: QuestionView[] }>("/v1/questions"), call<{ places: PlaceView[] }>("/v1/places")]);
  questions.value = asked.questions;
  places.value = known.places;
}

/**
 * Asks for a change, signed where this page has a passkey that may. Errors: CallError with what is wrong with it; DOMException without a signature.
 * @returns the secret of a new token, which is shown this once; what is doubtful about a new name
 */
export async function ask(request: EditRequest): Promise<Pick<EditAsked, "secret" | "notes">> {
  const signs = session.value?.passkey === "signs" && !unsigned.includes(request.kind);
  const { question, ...rest } = await (signs ? askSigned(request) : call<EditAsked>("/v1/edit", request));
  questions.value = [question, ...questions.value.filter(({ id }) => id !== question.id)];
  return rest;
}
