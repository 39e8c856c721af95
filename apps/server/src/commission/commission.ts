export { commissionRateAt } from './rate-at.ts';
