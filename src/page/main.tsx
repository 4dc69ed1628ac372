/** The page of a hub: draws it, signs in when it was opened by a link, and keeps it in step. */
import { render } from "preact";
import { follow } from "./hub/house.ts";
import { signIn } from "./hub/session.ts";
import { App, linkFailed, route } from "./view/app.tsx";
import { speak, wanted } from "./words/words.ts";

const link = /^#link=([A-Za-z0-9_-]+)$/.exec(location.hash)?.[1];
// It must not stay in the history, nor be sent on by a bookmark.
if (link !== undefined) history.replaceState(null, "", "/");
await speak(wanted());
const root = document.getElementById("page");
if (root) {
  root.replaceChildren();
  render(<App />, root);
}
addEventListener("hashchange", () => {
  route.value = location.hash;
});
// Over plain HTTP from another machine nobody is let in: there is nothing to ask for.
if (isSecureContext) {
  if (link !== undefined) {
    await signIn(link).catch(() => {
      linkFailed.value = true;
    });
  }
  await follow();
}
