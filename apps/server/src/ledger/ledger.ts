export { type ContractorFunds, contractorFunds } from './balances.ts';
export { type LedgerEntry, type LedgerLine, post } from './post.ts';
