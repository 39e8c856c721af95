export { reconcile } from './reconcile.ts';
export { type AuditOptions, audit, auditTable, type CheckResult, isClean } from './run.ts';
export { claimReconciliation } from './start.ts';
