/** Asks the hub: the shapes of src/api over fetch, and failures as they are told to people. */

/** What went wrong, in the hub's words or the browser's. */
export class CallError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly status: number;

  constructor(failure: { readonly code: string; readonly message: string; readonly hint: string; readonly status: number }) {
    super(failure.message);
    this.code = failure.code;
    this.hint = failure.hint;
    this.status = failure.status;
  }
}

/** Asks for something; with a body it is a POST. Errors: CallError, also when the hub does not answer (status 0). */
export async function call<T>(path: string, body?: unknown): Promise<T> {
  return (await (await send(path, body)).json()) as T;
}

/** Asks for lines of JSON, each as it comes. Errors: CallError. */
export async function* lines<T>(path: string, body: unknown): AsyncIterable<T> {
  const response = await send(path, body);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw noAnswer();
    });
    if (done) break;
    const whole = (rest + value).split("\n");
    rest = whole.pop() ?? "";
    for (const line of whole) yield JSON.parse(line) as T;
  }
}

async function send(path: string, body?: unknown): Promise<Response> {
  const init: RequestInit = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, init).catch(() => {
    throw noAnswer();
  });
  if (response.ok) return response;
  const told = (await response.json().catch(() => ({}))) as { error?: { code: string; message: string; hint: string } };
  const { code = "ERR_INTERNAL", message = response.statusText, hint = "" } = told.error ?? {};
  throw new CallError({ code, message, hint, status: response.status });
}

function noAnswer(): CallError {
  return new CallError({ code: "ERR_HUB_NOT_RUNNING", message: "", hint: "", status: 0 });
}
