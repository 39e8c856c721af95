import { verifyAdminLog } from '../admin/admin.ts';
import type { Check } from './findings.ts';

/** The record of what admins did, against its own hashes. */
export const adminLogChecks: Check[] = [
  {
    name: 'no line of the audit log was changed, moved or left out',
    run: async (ctx) => {
      const { brokenAt, entries } = await verifyAdminLog(ctx.db);
      if (brokenAt === null) return [];
      return [{ subject: `admin_actions ${brokenAt}`, detail: `does not fit the ${entries} before it` }];
    },
  },
];
