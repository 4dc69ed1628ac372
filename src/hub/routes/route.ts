/** An operation of the interface at its path: its request is checked before anybody is asked, its answer has the shape that the table promises. */
import type { Context, Hono } from "hono";
import * as v from "valibot";
import { MeshError } from "../../base/errors.ts";

/** What a route is made of: a row of the table of operations. */
interface Operation {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly request?: v.GenericSchema;
  readonly response: v.GenericSchema;
}

/** What an operation was asked with; nothing where it takes nothing. */
type RequestOf<O extends Operation> = O["request"] extends v.GenericSchema ? v.InferOutput<O["request"]> : undefined;

/** A value as it is shown: lists and objects that nobody changes. */
type Shown<T> = T extends readonly (infer E)[] ? readonly Shown<E>[] : T extends object ? { readonly [K in keyof T]: Shown<T[K]> } : T;

/** Answers an operation. */
type Answer<O extends Operation> = (
  request: RequestOf<O>,
  c: Context,
) => Shown<v.InferInput<O["response"]>> | Promise<Shown<v.InferInput<O["response"]>>>;

/** Adds the route of an operation. Errors of the route: ERR_USAGE for a request of another shape; those of the answer. */
export function route<const O extends Operation>(app: Hono, operation: O, answer: Answer<O>): void {
  app.on(operation.method, operation.path, async (c) => {
    const request = operation.request === undefined ? undefined : await read(operation.request, c.req.raw);
    return c.json(await answer(request as RequestOf<O>, c));
  });
}

/** The checked body of a request. Errors: ERR_USAGE with the path and the reason. */
export async function read<const S extends v.GenericSchema>(schema: S, request: Request): Promise<v.InferOutput<S>> {
  let body: unknown;
  try {
    body = await request.json();
  } catch (cause) {
    if (cause instanceof MeshError) throw cause;
    throw new MeshError("ERR_USAGE", "the request is not JSON", { cause });
  }
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new MeshError("ERR_USAGE", `${v.getDotPath(issue) ?? "request"}: ${issue.message}`);
}
