export { type ContractorFunds, contractorFunds, contractorFundsIn } from './balances.ts';
export { type LedgerEntry, type LedgerLine, post } from './post.ts';
