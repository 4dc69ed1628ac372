/** A household in one box: what whoever takes the box gets, and how its owner's part goes to a machine that is not left lying about. */
import type { JSX } from "preact";
import { status } from "../hub/house.ts";
import { say } from "../words/words.ts";

/** How the owner's machine is spoken to: by its own program, or through the box. */
export function ownerProgram(): string {
  return status.value?.ownerHere === true ? "sudo mesh-hub owner" : "meshman";
}

/** The card; nothing where the owner is elsewhere. */
export function BoxCard(): JSX.Element | null {
  if (status.value?.ownerHere !== true) return null;
  return (
    <section class="card">
      <h2>{say("boxTitle")}</h2>
      <p>
        <strong>{say("boxThief")}</strong>
      </p>
      <p>{say("boxKeep")}</p>
      <pre>sudo mesh-hub owner account escrow --quorum 2 --shares 3</pre>
      <p>{say("boxMove")}</p>
      <ol>
        <li>
          {say("boxPin")} <pre>sudo mesh-hub owner account pin --role admin,super,web,command</pre>
        </li>
        <li>
          {say("boxJoin")}
          <pre>{`meshman --service http://BOX:8443 device join URI\nmeshman device complete --wait 60s\nmeshman device delete "owner of this box" --yes`}</pre>
        </li>
        <li>
          {say("boxEnd")} <pre>sudo mesh-hub uninstall --owner --purge --yes</pre>
        </li>
      </ol>
    </section>
  );
}
