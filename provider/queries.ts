import type { Query } from "./core/query.ts";
import { nimQueries } from "./nim/queries.ts";
import { searchQuery, segmentStateQuery } from "./nsx/otherQueries.ts";
import { nsxQueries } from "./nsx/queryKinds.ts";

/** Every query, one line a system; a kind of object is a row of the table there. */
export const queries: readonly Query[] = [...nsxQueries, segmentStateQuery, searchQuery, ...nimQueries];
