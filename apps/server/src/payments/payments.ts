export { abandonPayment } from './abandon.ts';
export { applyIntent, type IntentOutcome } from './apply-intent.ts';
export { blockedMoney } from './blocked.ts';
export { catchUpFees, catchUpMoves, catchUpReleases } from './catch-up.ts';
export { ensureCustomer, isCustomerGone } from './customer.ts';
export { forgiveDebt, outstandingDebt, recoverDebts } from './debt.ts';
export { freezePayment, liftFreeze, openFreezes, requireUnfrozen } from './freezes.ts';
export { ensureIntent } from './intent.ts';
export { lockPayment, lockPaymentOfBooking, lockPaymentWithAccount, unreturnedMinor } from './lock.ts';
export { openPayment, type PaymentTerms } from './open.ts';
export { findPayment, presentPayment } from './read.ts';
export { recordFee, recordFeeOfPayment } from './record-fee.ts';
export { approvalAboveMinor, refundableMinor } from './refunds/amount.ts';
export { refreshRefund } from './refunds/apply.ts';
export { catchUpRefunds, catchUpReversals, watchRefunds } from './refunds/catch-up.ts';
export { giveUpRelease } from './refunds/give-up-release.ts';
export { markPaidOtherwise } from './refunds/pay-otherwise.ts';
export { presentRefund } from './refunds/present.ts';
export { refundReleased } from './refunds/released.ts';
export { type RefundRequest, requestRefund } from './refunds/request.ts';
export { retryRefund } from './refunds/retry.ts';
export { sendRefund } from './refunds/send.ts';
export { supersedeRefunds } from './refunds/supersede.ts';
export { release } from './release.ts';
export { requestRelease, resumeReleases } from './request-release.ts';
export {
  findLostIntent,
  resumeCustomer,
  resumeRefund,
  resumeRelease,
  resumeReversal,
} from './resume.ts';
export { countReturned, restateReturned, sharesOf } from './returned.ts';
export { sendReversal } from './reversals/send.ts';
export { takeBack } from './reversals/take-back.ts';
export { hasUnsettledMoney, isBookingSettled } from './unsettled.ts';
export { allocateWithdrawals, reallocateWithdrawals } from './withdrawn.ts';
