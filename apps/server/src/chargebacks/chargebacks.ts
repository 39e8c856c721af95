export { followChargeback, followDispute } from './follow.ts';
export { heedFraudWarning } from './fraud-warning.ts';
export { restoreChargeback } from './restore.ts';
export { chargebackSweeps } from './sweeps.ts';
