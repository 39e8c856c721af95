import type { Reconciliation, ReconciliationDetails } from '@holdfast/contract';
import type { ReconciliationRow } from '../db/tables/reconciliation.ts';

type Summary = Omit<ReconciliationRow, 'checks' | 'differences'>;

export const presentReconciliation = (row: Summary): Reconciliation => ({
  id: row.id,
  status: statusOf(row),
  requestedBy: row.requested_by,
  requestedAt: row.requested_at.toISOString(),
  startedAt: row.started_at?.toISOString() ?? null,
  finishedAt: row.finished_at?.toISOString() ?? null,
  findings: row.findings,
  unconfirmed: row.unconfirmed,
});

export const presentDetails = (row: ReconciliationRow): ReconciliationDetails => ({
  ...presentReconciliation(row),
  checks: (row.checks ?? []).map(({ name, differences, incomplete, notRead }) => ({
    name,
    differences,
    incomplete,
    notRead,
  })),
  differences: row.differences ?? [],
});

function statusOf(row: Summary): Reconciliation['status'] {
  if (row.finished_at === null) return row.started_at === null ? 'waiting' : 'running';
  return row.is_complete === true ? 'complete' : 'incomplete';
}
