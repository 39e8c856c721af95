/** What other modules may use of the jobs. Applications are part of them. */

export { requireCurrency } from './applications/quote.ts';
export {
  acceptApplication,
  findJobOfApplication,
  lockOpenApplication,
  lockOpenApplicationOf,
  returnApplication,
} from './applications/settle.ts';
export { jobFiles } from './files.ts';
export { hideJobs } from './hide.ts';
export { leaveMarket } from './leave.ts';
export { lockJob, lockOwnJob } from './lock.ts';
export type { JobRow } from './rows.ts';
export { closeJob, markBooked, reopenJob, showAddress } from './status.ts';
export { tellContractors } from './tell-contractors.ts';
export { jobTitles } from './titles.ts';
