export { resumeEvidence } from './evidence.ts';
export { followChargeback, followDispute } from './follow.ts';
export { heedFraudWarning } from './fraud-warning.ts';
export { resumeProof } from './proof.ts';
export { restoreChargeback, resumeRestoring } from './restore.ts';
export { chargebackSweeps } from './sweeps.ts';
