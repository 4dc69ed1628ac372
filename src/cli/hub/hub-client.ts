/** Speaks to a running hub over its unix socket; the shapes are those of src/api. */

import type { IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import * as v from "valibot";
import { errorBody } from "../../api/index.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, catalogue, MeshError } from "../../base/errors.ts";

/** A connection to one hub. */
export interface HubClient {
  /** Errors: ERR_HUB_NOT_RUNNING with the command that starts it; those of the hub. */
  get<const S extends v.GenericSchema>(path: string, schema: S): Promise<v.InferOutput<S>>;
  post<const S extends v.GenericSchema>(path: string, body: unknown, schema: S): Promise<v.InferOutput<S>>;
  /** Lines of an answer as they come. */
  lines<const S extends v.GenericSchema>(path: string, body: unknown, schema: S): AsyncIterable<v.InferOutput<S>>;
}

/** How to find the hub. */
export interface HubClientOptions {
  readonly socket: string;
  /** The command that starts this hub, for the hint. */
  readonly startWith: string;
  readonly signal?: AbortSignal;
}

const mostOctets = 16 * 1024 * 1024;
const notThere: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "ENOTSOCK"]);

/** A client of the hub at a socket. */
export function hubClient(options: HubClientOptions): HubClient {
  const call = async <const S extends v.GenericSchema>(method: string, path: string, schema: S, body?: unknown): Promise<v.InferOutput<S>> => {
    const response = await send(options, { method, path, body });
    let text = "";
    for await (const part of textOf(response)) {
      text += part;
      if (text.length > mostOctets) throw new MeshError("ERR_TOO_LARGE", `the hub answered more than ${mostOctets} octets`);
    }
    return read(schema, text);
  };
  return {
    get: (path, schema) => call("GET", path, schema),
    post: (path, body, schema) => call("POST", path, schema, body),
    async *lines(path, body, schema) {
      const response = await send(options, { method: "POST", path, body });
      let rest = "";
      for await (const part of textOf(response)) {
        const lines = (rest + part).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) yield read(schema, line);
      }
      if (rest !== "") throw new MeshError("ERR_HUB_NOT_RUNNING", "the hub ended in the middle of its answer");
    },
  };
}

async function* textOf(response: IncomingMessage): AsyncIterable<string> {
  response.setEncoding("utf8");
  try {
    for await (const part of response) yield part as string;
  } catch (cause) {
    throw new MeshError("ERR_HUB_NOT_RUNNING", "the hub ended in the middle of its answer", { cause });
  }
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** The response, when it is a good one; a failure is thrown as the hub threw it. */
async function send(options: HubClientOptions, { method, path, body }: Call): Promise<IncomingMessage> {
  const response = await exchange(options, { method, path, body });
  if ((response.statusCode ?? 500) < 400) return response;
  let text = "";
  for await (const part of textOf(response)) text += part;
  const { error } = read(errorBody, text);
  throw Object.hasOwn(catalogue, error.code)
    ? new MeshError(error.code as ErrorCode, error.message, { hint: error.hint })
    : new MeshError("ERR_INTERNAL", error.message);
}

function exchange({ socket, startWith, signal }: HubClientOptions, { method, path, body }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const call = httpRequest({ socketPath: socket, path, method, headers, ...(signal ? { signal } : {}) }, resolve);
    call.once("error", (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) return reject(asMeshError(signal.reason));
      if (!notThere.has(error.code ?? "")) return reject(asMeshError(error));
      reject(new MeshError("ERR_HUB_NOT_RUNNING", `no hub answers at ${socket}`, { hint: `start it with '${startWith}'`, cause: error }));
    });
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function read<const S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new MeshError("ERR_ENCODING", "the hub's answer is not JSON", { cause });
  }
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new MeshError("ERR_SCHEMA", `the hub's answer: ${v.getDotPath(issue) ?? ""}: ${issue.message}`, {
    hint: "the hub runs another version than this command; restart it",
  });
}
