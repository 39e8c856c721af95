/** What other modules may use of the bookings. */
export { activateBooking, hasLiveBookings, lockPayableBooking, type PaymentTerms } from './activate.ts';
export { lockBooking, lockBookingWithJob, lockOwnBooking, lockOwnBookingWithJob } from './lock.ts';
export { endReturnedBooking, type Resolution, resolveBooking } from './resolve.ts';
