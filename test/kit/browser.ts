/** A real Chromium without a window, spoken to over its debugging pipe: tests see what a person sees, and what the page complains about. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { packagePath } from "../../src/base/package-root.ts";
import { onCleanup, skipUnless, tempDirectory } from "../harness/suite.ts";
import { eventually } from "./eventually.ts";

const program = process.env.CHROMIUM ?? "chromium";

/** Skips a test where there is no Chromium. */
export function needChromium(): void {
  skipUnless(spawnSync(program, ["--version"]).status === 0, "needs Chromium");
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

type Answer = Readonly<Record<string, unknown>>;

class Wire {
  readonly #to: Socket;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  readonly listeners = new Set<(message: Message) => void>();
  #last = 0;
  #ended = false;

  constructor(to: Socket, from: Socket) {
    this.#to = to;
    let rest = Buffer.alloc(0);
    from.on("data", (octets: Buffer) => {
      rest = Buffer.concat([rest, octets]);
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        const message = JSON.parse(rest.subarray(0, end).toString("utf8")) as Message;
        rest = rest.subarray(end + 1);
        this.#take(message);
      }
    });
    from.on("close", () => {
      this.#ended = true;
      for (const { reject } of this.#waiting.values()) reject(new Error("the browser ended"));
      this.#waiting.clear();
    });
    to.on("error", () => undefined);
  }

  /** True once the browser is over, with all its windows. */
  get ended(): boolean {
    return this.#ended;
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<Answer> {
    if (this.#ended) return Promise.reject(new Error("the browser ended"));
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#to.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
    });
  }

  #take(message: Message): void {
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (message.id !== undefined) this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result ?? {});
    if (message.method !== undefined) for (const listener of this.listeners) listener(message);
  }
}

/** A window of the browser. */
export class BrowserPage {
  /** What the page complained about: exceptions, refusals of its policy, errors in its console. */
  readonly complaints: string[] = [];
  readonly #wire: Wire;
  readonly #session: string;
  #look: Parameters<BrowserPage["look"]>[0] = { width: 800, height: 600 };

  constructor(wire: Wire, session: string) {
    this.#wire = wire;
    this.#session = session;
    wire.listeners.add(({ sessionId, method, params = {} }) => {
      if (sessionId !== session) return;
      if (method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(params.exceptionDetails).slice(0, 600));
      const entry = params.entry as { level: string; text: string; url?: string } | undefined;
      if (method === "Log.entryAdded" && entry?.level === "error") this.complaints.push(`${entry.text} ${entry.url ?? ""}`);
      if (method === "Runtime.consoleAPICalled" && params.type === "error") this.complaints.push(JSON.stringify(params.args).slice(0, 600));
    });
  }

  send(method: string, params: object = {}): Promise<Answer> {
    return this.#wire.send(method, params, this.#session);
  }

  async start(): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log", "DOM", "Network"]) await this.send(`${domain}.enable`);
  }

  async goto(url: string): Promise<void> {
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText !== undefined) throw new Error(`${url}: ${String(errorText)}`);
    await eventually(`${url} is loaded`, async () => (await this.evaluate<string>("document.readyState")) === "complete");
  }

  /** The value of an expression, which may be a promise. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true })) as {
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until an expression is true. */
  async until(what: string, expression: string): Promise<void> {
    await eventually(what, () => this.evaluate<boolean>(`!!(${expression})`).catch(() => false)).catch(async (error: unknown) => {
      const shown = await this.evaluate<string>("document.body.innerText").catch(() => "");
      throw new Error(`${what}: the page shows ${shown.slice(0, 800)}; ${this.complaints.join("; ")}`, { cause: error });
    });
  }

  /** Waits until the page shows a text. */
  shows(text: string): Promise<void> {
    return this.until(`the page shows ${text}`, `document.body.innerText.includes(${JSON.stringify(text)})`);
  }

  /** Clicks where an element is, as a mouse does, when what is shown for the first time has taken its place. */
  click(selector: string): Promise<void> {
    return this.hold(selector, async () => undefined);
  }

  /** Presses where an element is, and lets go when something is over. */
  async hold(selector: string, meanwhile: () => Promise<unknown>): Promise<void> {
    await this.until(
      `${selector} is there`,
      `document.querySelector(${JSON.stringify(selector)}) && !document.querySelector(${JSON.stringify(selector)}).disabled`,
    );
    const { x, y } = await this.evaluate<{ x: number; y: number }>(
      `(async () => { const e = document.querySelector(${JSON.stringify(selector)}); for (let i = 0; i < 2; i++) { e.scrollIntoView({ block: "center" }); await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))); } const r = e.getBoundingClientRect(); return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; })()`,
    );
    const move = (type: string): Promise<unknown> => this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    await move("mousePressed");
    await meanwhile();
    await move("mouseReleased");
  }

  /** Presses the first button whose label, or text, begins with these words. */
  async pressButton(label: string): Promise<void> {
    const found = `[...document.querySelectorAll("button")].find((b) => (b.getAttribute("aria-label") ?? b.textContent).startsWith(${JSON.stringify(label)}))`;
    await this.until(`there is ${label}`, found);
    await this.evaluate(`${found}.click()`);
  }

  /** Types into what has the focus. */
  async type(text: string): Promise<void> {
    await this.send("Input.insertText", { text });
  }

  /** Presses a key of the keyboard. */
  async press(key: "Tab" | "Enter" | " " | "Escape" | "ArrowRight"): Promise<void> {
    const codes = { Tab: 9, Enter: 13, " ": 32, Escape: 27, ArrowRight: 39 } as const;
    const code = key === " " ? "Space" : key;
    const text = key === "Enter" ? "\r" : key === " " ? " " : undefined;
    const event = { key, code, windowsVirtualKeyCode: codes[key], ...(text === undefined ? {} : { text }) };
    await this.send("Input.dispatchKeyEvent", { type: text === undefined ? "rawKeyDown" : "keyDown", ...event });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", key, code, windowsVirtualKeyCode: codes[key] });
  }

  /** Chooses files as a person does in the dialogue. */
  async setFiles(selector: string, files: readonly string[]): Promise<void> {
    await this.until(
      `${selector} can be used`,
      `document.querySelector(${JSON.stringify(selector)}) && !document.querySelector(${JSON.stringify(selector)}).disabled`,
    );
    const { root } = (await this.send("DOM.getDocument")) as { root: { nodeId: number } };
    const { nodeId } = (await this.send("DOM.querySelector", { nodeId: root.nodeId, selector })) as { nodeId: number };
    await this.send("DOM.setFileInputFiles", { nodeId, files });
  }

  /** The size of the window, and how the reader wants it. */
  async look(look: { readonly width: number; readonly height: number; readonly scheme?: "light" | "dark" }): Promise<void> {
    const { width, height, scheme = "light" } = look;
    this.#look = look;
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await this.send("Emulation.setEmulatedMedia", {
      features: [
        { name: "prefers-color-scheme", value: scheme },
        { name: "prefers-reduced-motion", value: "reduce" },
      ],
    });
  }

  /**
   * A picture of the whole page, as PNG: the window is made as high as the page, since what nobody sees is not drawn, and what sticks to an edge stands there.
   * Or of what the window shows.
   */
  async screenshot(path: string, whole = true): Promise<void> {
    const look = this.#look;
    for (let turn = 0; turn < (whole ? 2 : 0); turn++) {
      const height = await this.evaluate<number>("document.documentElement.scrollHeight");
      await this.look({ ...look, height: Math.max(height, look.height) });
      await this.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(0))))");
    }
    const { data } = (await this.send("Page.captureScreenshot")) as { data: string };
    writeFileSync(path, Buffer.from(data, "base64"));
    await this.look(look);
  }

  /** What axe finds wrong, a line for each. It is put in by the debugger, which no policy of the page hinders. */
  async axe(): Promise<string[]> {
    await this.evaluate(`${readFileSync(packagePath("node_modules", "axe-core", "axe.min.js"), "utf8")}; undefined`);
    return this.evaluate<string[]>(
      `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 160) + " " + failureSummary.slice(0, 200))))`,
    );
  }
}

/** A browser that runs. */
interface Browser {
  /** A window with cookies and storage of its own, closed with the test. */
  page(): Promise<BrowserPage>;
}

/** Those of this process, by what they were started with: a start costs more than most of what is done with one. */
const running = new Map<string, Wire>();

/** A browser, which ends with the process. @param through words that run it somewhere else, as in `ip netns exec NAME` */
export async function openBrowser(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Promise<Browser> {
  needChromium();
  const name = JSON.stringify([flags, env, through]);
  const known = running.get(name);
  const wire = known === undefined || known.ended ? startBrowser(flags, env, through) : known;
  running.set(name, wire);
  return {
    async page() {
      const { browserContextId } = await wire.send("Target.createBrowserContext");
      onCleanup(async () => {
        if (!wire.ended) await wire.send("Target.disposeBrowserContext", { browserContextId });
      });
      const { targetId } = await wire.send("Target.createTarget", { url: "about:blank", browserContextId });
      const { sessionId } = await wire.send("Target.attachToTarget", { targetId, flatten: true });
      const page = new BrowserPage(wire, sessionId as string);
      await page.start();
      return page;
    },
  };
}

function startBrowser(flags: readonly string[], env: Readonly<Record<string, string>>, through: readonly string[]): Wire {
  const [command = program, ...words] = [...through, program];
  const child = spawn(
    command,
    [
      ...words,
      "--headless=new",
      "--no-sandbox",
      "--remote-debugging-pipe",
      `--user-data-dir=${tempDirectory()}`,
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--no-first-run",
      "--hide-scrollbars",
      "--lang=en-GB",
      ...flags,
      "about:blank",
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], env: { ...process.env, LANG: "C.UTF-8", LANGUAGE: "en", ...env } },
  );
  const [to, from] = [child.stdio[3] as Socket, child.stdio[4] as Socket];
  // It keeps no process alive whose tests are over.
  for (const handle of [child, to, from]) handle.unref();
  process.prependOnceListener("exit", () => void child.kill("SIGKILL"));
  return new Wire(to, from);
}
