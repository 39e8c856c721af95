import type { AccountTables } from './tables/accounts.ts';
import type { FoundationTables } from './tables/foundation.ts';

/** Every table, one file per module under tables/; the SQL itself is in migrations/. */
export type Tables = FoundationTables & AccountTables;
