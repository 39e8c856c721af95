import { sql } from 'kysely';
import type { Config } from '../config.ts';

/*
 * What leads two people past the platform before anything is booked: then there is no escrow, no dispute and no
 * commission. Simple patterns on purpose: who wants to get around them will, and a flag is a hint for an admin, not a
 * verdict. Numbers of seven digits and more count as telephone numbers unless they are written as money.
 */
// Begins at the @ and looks back one letter: begun at the name, each letter of a long word would be tried as its beginning.
const email =
  /(?<=[\p{L}0-9._%+-]\s?)(@|\(at\)|\[at\])\s?[\p{L}0-9-]{1,63}(\.|\s?(\(dot\)|\[dot\])\s?)[\p{L}]{2,}/iu;
const telephone = /(?<![\d.,€$£])\+?\d(?:[\s()/.-]{0,2}\d){7,14}(?![\d.,]*\s?(€|eur|usd|gbp|chf))/i;
const payment =
  /paypal\.me|venmo\.com|cash\.app|revolut\.me|wise\.com\/pay|buy\.stripe\.com|\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}\b/i;

/** A day of the calendar is not a telephone number. */
const day = /\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b/g;

export const hasContactDetails = (text: string): boolean =>
  email.test(text) || payment.test(text) || telephone.test(text.replaceAll(day, ''));

/** Whether a text is one to mark or hold back, if nothing is booked. */
export const isSuspicious = ({ contactDetails }: Config, text: string): boolean =>
  contactDetails !== 'allow' && hasContactDetails(text);

/** Whether the two of a room, by the names of its columns, have nothing booked yet: only until then a message is marked. */
export const nothingBooked = (customer: string, contractor: string) =>
  sql<boolean>`not exists (select from bookings where bookings.customer_id = ${sql.ref(customer)}
    and bookings.contractor_id = ${sql.ref(contractor)}
    and bookings.state in ('confirmed', 'active', 'delivered', 'completed'))`;
