/**
 * Names of archive entries (dare-12 §7): relative paths with `/`, hostile until checked. Writers on Windows separate with `\`, which is
 * read as `/`; everything that could lead out of the directory of extraction, on any system, is refused rather than repaired.
 */
import { MeshError } from "../../base/errors.ts";

const maxPathOctets = 4096;
const maxNameOctets = 255;

const relative = "use a relative path without '..'";
const anotherName = "give it another name by --id, or rename the file; 'dare extract ARCHIVE FILE --record NUMBER' takes out what has such a name";

/** The path with `/` between its names. ERR_NAME for absolute paths, drive letters, `.` and `..`, empty names, NUL and other controls. */
export function archivePath(text: string): string {
  const path = text.replaceAll("\\", "/");
  const refuse = (why: string, hint = anotherName): never => {
    throw new MeshError("ERR_NAME", `path ${JSON.stringify(text.slice(0, 100))}: ${why}`, { hint });
  };
  if (path === "") refuse("empty", relative);
  if (path.startsWith("/")) refuse("absolute", relative);
  if (Buffer.byteLength(path) > maxPathOctets) refuse("too long");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f]/.test(path)) refuse("control character");
  if (/\p{Surrogate}/u.test(path)) refuse("not text");
  for (const name of path.split("/")) {
    if (name === "" || name === "." || name === "..") refuse("names must not be empty, '.' or '..'", relative);
    // Drive letters and alternate streams of Windows.
    if (name.includes(":")) refuse("colon");
    if (Buffer.byteLength(name) > maxNameOctets) refuse("name too long");
  }
  return path;
}
