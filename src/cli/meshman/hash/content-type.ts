/** Content types of files, by what their names end in: a fingerprint says of which type its content is. */
import { extname } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".avi": "video/x-msvideo",
  ".csv": "text/csv",
  ".dare": "application/dare",
  ".gif": "image/gif",
  ".htm": "text/html",
  ".html": "text/html",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript",
  ".json": "application/json",
  ".md": "text/markdown",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".vcf": "text/vcard",
  ".xml": "application/xml",
  ".zip": "application/zip",
};

/** The content type of a file by its name; undefined for other endings. */
export function contentTypeOf(name: string): string | undefined {
  return types[extname(name).toLowerCase()];
}
