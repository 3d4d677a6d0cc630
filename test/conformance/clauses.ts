import type { Guide } from "./clause.ts";
import { nimClauses, nimLeftOut } from "./nimClauses.ts";
import { nsxClauses, nsxLeftOut } from "./nsxClauses.ts";

/** The two API guides, sentence by sentence. */
export const guides: readonly Guide[] = [
  { name: "NGINX Instance Manager REST API: Overview", clauses: nimClauses, leftOut: nimLeftOut },
  { name: "NSX-T Data Center API Guide 3.2", clauses: nsxClauses, leftOut: nsxLeftOut },
];
