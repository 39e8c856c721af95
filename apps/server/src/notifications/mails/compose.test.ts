import { notificationTypes } from '@holdfast/contract';
import { expect, test } from 'vitest';
import { readConfig } from '../../config.ts';
import type { Ctx } from '../../context.ts';
import type { Parcel } from '../channels/parcel.ts';
import type { NotificationData } from '../kinds.ts';
import { textOf } from '../texts/text-of.ts';
import { composeMail } from './compose.ts';
import { canUnsubscribe } from './unsubscribe-token.ts';

const environment = {
  PUBLIC_URL: 'https://api.example.org',
  APP_URL: 'https://app.example.org',
  PLATFORM_NAME: 'Möbel & <Müller>',
};
const ctx = { config: readConfig(environment) } as Ctx;
const link = (userId: string, scope: string) =>
  `https://api.example.org/api/unsubscribe?token=${userId}.${scope}.x`;

const data: NotificationData = {
  jobId: 'job_1',
  bookingId: 'bkg_1',
  roomId: 'room_1',
  paymentId: 'pay_1',
  disputeId: 'dsp_1',
  reviewId: 'rev_1',
  jobTitle: 'Paint the fence',
  personName: 'Ada',
  amountMinor: 10_000,
  currency: 'eur',
};

function parcel(over: Partial<Parcel> = {}): Parcel {
  const base = {
    deliveryId: 'dlv_1',
    notificationId: 'ntf_1',
    userId: 'usr_1',
    type: 'booking.requested',
    data,
    locale: 'en',
    timeZone: 'Europe/Vienna',
    email: 'ada@example.org',
    unread: 1,
    reached: [],
    createdAt: new Date(0),
    ...over,
  } as const;
  return { ...textOf(base.type, base.data, base), ...base };
}

test('a mail is the notification, with a button to its page, in HTML and as plain text', () => {
  const mail = composeMail(ctx, parcel(), link);
  expect(mail).toMatchObject({
    to: 'ada@example.org',
    subject: 'Ada wants to book you',
    id: 'dlv_1',
    language: 'en',
    unsubscribeUrl: link('usr_1', 'booking.requested'),
  });
  for (const body of [mail.text, mail.html]) {
    expect(body).toContain('Ada wants to book you');
    expect(body).toContain('Confirm or decline');
    expect(body).toContain('https://app.example.org/bookings/bkg_1');
    expect(body).toContain('Open the booking');
    expect(body).toContain('want to be told of booking requests');
    expect(body).toContain(link('usr_1', 'booking.requested'));
  }
  expect(mail.text).not.toMatch(/<(p|a|div|table|strong)\b|<\/|&amp;/);
});

test('the words of a German reader are German, the names of people their own', () => {
  const mail = composeMail(ctx, parcel({ locale: 'de-AT' }), link);
  expect(mail.language).toBe('de');
  expect(mail.subject).toBe('Ada möchte Sie buchen');
  expect(mail.html).toContain('<html lang="de">');
  expect(mail.text).toContain('Buchung öffnen');
  expect(mail.text).toContain('Keine E-Mails dieser Art mehr');
});

test('what people typed is text in HTML, whatever it looks like', () => {
  const evil = '"><img src=x onerror=alert(1)>&amp;';
  const mail = composeMail(ctx, parcel({ data: { ...data, personName: evil, jobTitle: evil } }), link);
  expect(mail.html).not.toMatch(/<img|<script|onerror=alert\(1\)>/);
  expect(mail.html).toContain('&lt;img');
  expect(mail.html).toContain('Möbel &amp; &lt;Müller&gt;');
  const items = [{ type: 'job.posted' as const, title: evil, message: evil, data: { jobId: evil } }];
  const summary = composeMail(ctx, parcel({ type: 'job.posted', items }), link);
  expect(summary.html).not.toMatch(/<img|href="[^"]*[<>]/);
});

test('it is readable without pictures and style sheets, by day and by night', () => {
  const { html } = composeMail(ctx, parcel(), link);
  expect(html).not.toMatch(/<img|src=|url\(|@import|<link|<script/i);
  expect(html).toContain('<meta name="color-scheme" content="light dark">');
  expect(html).toContain('@media (prefers-color-scheme: dark)');
  // Every text has its colour where no program drops it.
  for (const [tag] of html.matchAll(/<(h1|a|p)\b[^>]*>(?!<a)/g)) expect(tag).toContain('color:');
  expect(Buffer.byteLength(html)).toBeLessThan(20_000);
});

test('every type has a page, also when nothing is known of what it is about', () => {
  for (const type of notificationTypes)
    for (const one of [data, {}]) {
      const mail = composeMail(ctx, parcel({ type, data: one }), link);
      const urls = [...mail.html.matchAll(/href="(https:\/\/app[^"]*)"/g)].map((match) => match[1]);
      expect(urls, type).toHaveLength(1);
      expect(urls[0], type).not.toMatch(/undefined|\/$/);
    }
});

test('what is about the safety of the account cannot be switched off by its mail; all else can', () => {
  for (const type of notificationTypes) {
    const mail = composeMail(ctx, parcel({ type }), link);
    expect(mail.unsubscribeUrl !== undefined, type).toBe(canUnsubscribe(type));
    expect(mail.text.includes('/api/unsubscribe'), type).toBe(canUnsubscribe(type));
    if (!canUnsubscribe(type)) expect(mail.text).toContain('cannot be switched off');
  }
  expect(notificationTypes.filter((type) => !canUnsubscribe(type))).toHaveLength(5);
});

test('a digest lists its jobs, each with its page, and switches off what it is about', () => {
  const items = Array.from({ length: 40 }, (_, index) => ({
    type: 'job.posted' as const,
    title: `Job ${index}`,
    message: `Message ${index}`,
    data: { jobId: `job_${index}` },
  }));
  const mail = composeMail(ctx, parcel({ type: 'job.posted', title: '40 new jobs near you', items }), link);
  expect(mail.subject).toBe('40 new jobs near you');
  expect(mail.unsubscribeUrl).toBe(link('usr_1', 'job.posted'));
  for (const body of [mail.text, mail.html]) {
    expect(body).toContain('https://app.example.org/jobs/job_29');
    expect(body).not.toContain('job_30');
    expect(body).toContain('https://app.example.org/notifications');
  }
  const mixed = [items[0]!, { ...items[1]!, type: 'payment.received' as const }];
  expect(composeMail(ctx, parcel({ items: mixed }), link).unsubscribeUrl).toBe(link('usr_1', 'everything'));
});
