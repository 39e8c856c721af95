/** What other modules may use of the bookings. */
export { activateBooking, hasLiveBookings, lockPayableBooking, type PaymentTerms } from './activate.ts';
export { lockBooking, lockOwnBooking } from './lock.ts';
