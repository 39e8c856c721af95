/** What other modules may use of the admins: recording what they do, and leaving it to two of them. */
export { type ApprovedAction, type ApprovedActions, requireApproval } from './approvals.ts';
export { actionsPerAdmin, heavyReadsPerAdmin, readsPerAdmin } from './limits.ts';
export { adminSweeps } from './list-approvals.ts';
export { endOf, startOf } from './period.ts';
export { type RecordedAction, recordAdminAction } from './record.ts';
export { verifyAdminLog } from './verify-log.ts';
