/** What docs/first-day.md has a person do on the page, wherever hub and owner run. */
import type { BrowserPage } from "./browser.ts";
import { eventually } from "./eventually.ts";

/** Whose first day it is. */
export interface FirstDay {
  readonly page: BrowserPage;
  /** What waits for the owner. */
  pending(): Promise<readonly { readonly kind: string; readonly text?: string; readonly messageId: string }[]>;
  accept(messageId: string): Promise<unknown>;
  /** Devices as the hub shows them. */
  devices(): Promise<readonly { readonly udf: string; readonly name: string; readonly status: string }[]>;
  /** Renames and moves are made without asking. */
  readonly editsAllowed?: boolean;
}

/** The owner looks what waits, and agrees. */
export async function agree(day: FirstDay, text: RegExp): Promise<void> {
  let messageId = "";
  await eventually(`the owner is asked: ${text}`, async () => {
    const found = (await day.pending()).find((one) => one.kind === "edit" && text.test(one.text ?? ""));
    messageId = found?.messageId ?? "";
    return found !== undefined;
  });
  await day.accept(messageId);
}

async function press(page: BrowserPage, label: string): Promise<void> {
  const found = `[...document.querySelectorAll("button")].find((b) => !b.disabled && (b.getAttribute("aria-label") ?? b.textContent).startsWith(${JSON.stringify(label)}))`;
  await page.until(`there is ${label}`, found);
  await page.evaluate(`${found}.click()`);
}

async function choose(page: BrowserPage, select: string, option: string): Promise<void> {
  const of = `document.querySelector(${JSON.stringify(select)})`;
  const value = `[...${of}.options].find((o) => o.textContent === ${JSON.stringify(option)})?.value`;
  await page.until(`${option} can be chosen`, value);
  await page.evaluate(`(() => { const s = ${of}; s.value = ${value}; s.dispatchEvent(new Event("change", { bubbles: true })); })()`);
}

/** Names the place Kitchen. */
export async function setUpHouse(day: FirstDay): Promise<void> {
  const { page } = day;
  await page.evaluate(`location.hash = "#start"`);
  await page.shows("Set up the house");
  await press(page, "Kitchen");
  await press(page, "Ask the owner");
  await agree(day, /Kitchen/);
  await page.shows("There are: Kitchen.");
}

/** Connects a bulb by a photo of its code, and switches it on; it is lit when it says so itself. */
export async function connectBulb({ page }: FirstDay, photo: string, deviceUdf: string): Promise<void> {
  await page.setFiles("input[name=photo]", [photo]);
  await page.until("the code is found", `document.querySelectorAll("li.code").length === 1`);
  await page.click("li.code input");
  await page.type("kitchen light");
  await press(page, "Connect");
  await page.shows("Connected as kitchen light");
  await page.click('nav a[href="#devices"]');
  await switchOn(page, deviceUdf);
}

async function switchOn(page: BrowserPage, udf: string): Promise<void> {
  const control = `[data-udf="${udf}"] [role=switch]`;
  await page.click(control);
  await page.until("it is on", `document.querySelector('${control}').getAttribute("aria-checked") === "true"`);
}

/** Takes a device of a bridge over, names it, puts it into the kitchen and switches it on. */
export async function takeOver(day: FirstDay, foreign: string, name: string): Promise<void> {
  const { page, editsAllowed } = day;
  await page.click('nav a[href="#connect"]');
  await press(page, `Ask to let it in: ${foreign}`);
  await agree(day, new RegExp(`^connect .*${foreign}`));
  await page.click('nav a[href="#devices"]');
  let udf = "";
  await eventually(`${foreign} is in the house`, async () => {
    udf = (await day.devices()).find((device) => device.name === foreign && device.status === "Online")?.udf ?? "";
    return udf !== "";
  });
  const card = `[data-udf="${udf}"]`;
  await page.until("it has a card", `document.querySelector('${card} summary')`);
  await page.evaluate(`document.querySelector('${card} summary').click()`);
  await page.until("its details are open", `document.querySelector('${card} input[name=rename]')`);
  await page.click(`${card} input[name=rename]`);
  await page.evaluate(`document.querySelector('${card} input[name=rename]').select()`);
  await page.type(name);
  await page.press("Enter");
  if (editsAllowed !== true) await agree(day, new RegExp(name));
  await page.until(`it is called ${name}`, `document.querySelector('${card} h3').textContent === ${JSON.stringify(name)}`);
  await choose(page, `${card} select[name=move]`, "Kitchen");
  if (editsAllowed !== true) await agree(day, /into Kitchen/);
  await page.until("it stands there", `document.querySelector('section[aria-label="Kitchen"] ${card}')`);
  await switchOn(page, udf);
}
