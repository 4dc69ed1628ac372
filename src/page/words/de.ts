/** German, for whoever reads it: fetched then, and no part of what everybody gets. */
import sentences from "./de.json" with { type: "json" };
import terms from "./terms.de.json" with { type: "json" };

export { sentences, terms };
