/** What other modules may use of the bookings. */
export { activateBooking, hasLiveBookings, lockPayableBooking, type PaymentTerms } from './activate.ts';
export { cancellationFeeMinor } from './cancellation.ts';
export { extendReview } from './extend-review.ts';
export { lockBooking, lockBookingWithJob, lockOwnBooking, lockOwnBookingWithJob } from './lock.ts';
export { proofOf, proofOfWork } from './proof.ts';
export { endReturnedBooking, type Resolution, resolveBooking } from './resolve.ts';
export { readBooking } from './rows.ts';
