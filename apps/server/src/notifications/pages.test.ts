import { notificationTypes } from '@holdfast/contract';
import { describe, expect, test } from 'vitest';
import { listPage, pageOf } from './pages.ts';

describe('a notification leads to', () => {
  test('the page of what it is about', () => {
    expect(pageOf('payment.received', { paymentId: 'pay_1', bookingId: 'bkg_1' })).toEqual({
      destination: 'payment',
      path: '/payments/pay_1',
    });
  });

  test('its booking where only that is known, and is called so', () => {
    for (const type of ['payment.received', 'dispute.opened', 'review.submitted', 'job.posted'] as const)
      expect(pageOf(type, { bookingId: 'bkg_1' })).toEqual({
        destination: 'booking',
        path: '/bookings/bkg_1',
      });
  });

  test('a page in any case, whatever stands in its ids', () => {
    for (const type of notificationTypes) {
      expect(pageOf(type, {}).path).toMatch(/^\/[a-z/]+$/);
      const hostile = Object.fromEntries(
        ['jobId', 'bookingId', 'roomId', 'paymentId', 'disputeId', 'reviewId'].map((name) => [
          name,
          '../x?y#z',
        ]),
      );
      expect(pageOf(type, hostile).path).not.toMatch(/[?#]|\.\.\//);
    }
    expect(pageOf('booking.confirmed', {})).toEqual(listPage);
  });
});
