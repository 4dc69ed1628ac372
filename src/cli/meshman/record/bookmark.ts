/** `bookmark …`: addresses that a person wants to find again. */
import { bookmarks, deleteRecord, findRecord, keepRecords, records } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { report } from "../../term/output.ts";
import { printFields, printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** `bookmark add URI TITLE`. */
export async function bookmarkAdd(
  call: Invocation,
  { uri, title }: { readonly uri: string; readonly title: string },
  { path = title }: { readonly path?: string },
): Promise<void> {
  const { output } = call;
  if (!URL.canParse(uri)) throw new MeshError("ERR_USAGE", `${JSON.stringify(uri)} is no address`, { hint: "write it like https://example.com/" });
  const fresh = await inAccount(call, { doing: "keeping the bookmark", sync: "needed" }, (context) =>
    keepRecords(context, bookmarks, [{ Uri: uri, Title: title, Path: path }]),
  );
  report(output, { path, title, uri, replaced: fresh === 0 }, () => output.line(path));
  if (fresh === 0) output.say("it took the place of the one that was there");
}

/** `bookmark get PATH`. */
export async function bookmarkGet(call: Invocation, path: string): Promise<void> {
  const { output } = call;
  const { key, entry } = await inAccount(call, { doing: "opening the bookmark", sync: "wanted" }, (context) => findRecord(context, bookmarks, path));
  report(output, { path: key, title: entry.Title, uri: entry.Uri }, () =>
    printFields(output, [
      ["path", key],
      ["title", entry.Title],
      ["uri", entry.Uri],
    ]),
  );
}

/** `bookmark list`. */
export async function bookmarkList(call: Invocation): Promise<void> {
  const { output } = call;
  const kept = await inAccount(call, { doing: "synchronising", sync: "wanted" }, (context) => records(context, bookmarks));
  const rows = kept.map(({ key, entry: { Title = "", Uri = "" } }) => ({ path: key, title: Title, uri: Uri }));
  report(output, { bookmarks: rows }, () =>
    printTable(
      output,
      ["path", "title", "uri"],
      rows.map(({ path, title, uri }) => [path, title, uri]),
    ),
  );
  if (rows.length === 0) output.say("no bookmarks yet; 'meshman bookmark add URI TITLE' keeps one");
}

/** `bookmark delete PATH`. */
export async function bookmarkDelete(call: Invocation, path: string): Promise<void> {
  const { output } = call;
  const { key } = await inAccount(call, { doing: "deleting the bookmark", sync: "needed" }, (context) => deleteRecord(context, bookmarks, path));
  report(output, { path: key }, () => output.line(key));
}
