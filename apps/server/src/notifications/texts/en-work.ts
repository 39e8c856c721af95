import { type Facts, ifKnown } from './facts.ts';
import type { Texts } from './language.ts';

const job = (facts: Facts, otherwise = 'your job') => ifKnown(facts.job, (one) => `“${one}”`) || otherwise;
const person = (facts: Facts) =>
  facts.person ?? (facts.side === 'contractor' ? 'The customer' : 'The contractor');
const inside = (facts: Facts) =>
  facts.person ?? (facts.side === 'contractor' ? 'the customer' : 'the contractor');

/** From the job to the review. */
export const workTexts = {
  'job.posted': (facts) => ({
    title: `New job: ${facts.job ?? 'something for you'}`,
    message: `A customer${ifKnown(facts.city, (city) => ` in ${city}`)} is looking for somebody like you${ifKnown(facts.amount, (amount) => `, for ${amount}`)}. Have a look and apply while the job is open.`,
  }),
  'application.received': (facts) => ({
    title: `${facts.person ?? 'A contractor'} applied for ${job(facts)}`,
    message: `${ifKnown(facts.amount, (amount) => `The offer is ${amount}. `)}Read the application, ask what you want to know, and book when it fits.`,
  }),
  'booking.requested': (facts) => ({
    title: `${facts.person ?? 'A customer'} wants to book you`,
    message: `It is about ${job(facts, 'a job')}${ifKnown(facts.amount, (amount) => ` for ${amount}`)}. Confirm or decline${ifKnown(facts.deadline, (when) => ` by ${when}`)}; without an answer the request expires.`,
  }),
  'booking.confirmed': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `Your booking of ${job(facts, 'a job')} is confirmed`,
          message: `As soon as ${inside(facts)} has paid, you hear from us. Please begin only then.`,
        }
      : {
          title: `${person(facts)} confirmed your booking`,
          message: `Pay${ifKnown(facts.amount, (amount) => ` ${amount}`)} for ${job(facts)}${ifKnown(facts.deadline, (when) => ` by ${when}`)}, so that the work can begin. We hold the money until you are content.`,
        },
  'booking.declined': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `The booking of ${job(facts, 'a job')} was declined`,
          message: 'There is nothing left to do for it.',
        }
      : {
          title: `${person(facts)} cannot do ${job(facts)}`,
          message:
            'The booking was declined and nothing was charged. Your job is open again: choose somebody else.',
        },
  'booking.expired': (facts) => ({
    title: `The booking of ${job(facts, 'a job')} has expired`,
    message:
      facts.side === 'contractor'
        ? 'It was not confirmed or not paid in time, so you are free again.'
        : 'It was not confirmed or not paid in time, and nothing was charged. You can book again whenever you like.',
  }),
  'booking.cancelled': (facts) => ({
    title: `The booking of ${job(facts, 'a job')} was cancelled`,
    message:
      facts.side === 'contractor'
        ? 'Please do not begin with the work. If you are owed a cancellation fee, it goes to your balance by itself.'
        : 'What you have paid goes back to you, less a fee if the terms of the booking ask for one. You find both with the booking.',
  }),
  'booking.delivered': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `You have delivered ${job(facts, 'the work')}`,
          message: `Now ${inside(facts)} looks at it${ifKnown(facts.deadline, (when) => `; on ${when} it counts as accepted by itself`)}.`,
        }
      : {
          title: `${person(facts)} has finished ${job(facts)}`,
          message: `Please look at the work: mark it complete, or say what is wrong${ifKnown(facts.deadline, (when) => `, by ${when}`)}. After that it counts as accepted and the money is released.`,
        },
  'booking.completed': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `${job(facts, 'Your job')} is complete`,
          message: `Well done!${ifKnown(facts.amount, (amount) => ` ${amount} for it`) || ' The money for it'} is on the way to your balance. Say how it was to work for ${inside(facts)}.`,
        }
      : {
          title: `${job(facts, 'Your job')} is complete`,
          message: `Thank you! The money goes to ${inside(facts)}. Say how it went: a review helps others to choose.`,
        },
  'message.received': (facts) => ({
    title:
      facts.count > 1
        ? `${facts.count} new messages${ifKnown(facts.person, (one) => ` from ${one}`)}`
        : (facts.person ?? 'A new message'),
    message: facts.preview ?? (facts.count > 1 ? 'Open the chat to read them.' : 'Sent you a message.'),
  }),
  'dispute.opened': (facts) => ({
    title: `A dispute was opened about ${job(facts, 'one of your bookings')}`,
    // Who opened it is told as well, and has nothing to answer: then nobody is named.
    message:
      facts.person === undefined
        ? 'The money stays where it is until the dispute is decided. Say what happened, and add what proves it.'
        : `${facts.person} says that something is wrong. The money stays where it is. Answer${ifKnown(facts.deadline, (when) => ` by ${when}`)} and add what proves your side: silence loses the dispute.`,
  }),
  'dispute.answered': (facts) => ({
    title: `There is an answer in your dispute about ${job(facts, 'one of your bookings')}`,
    message: 'Read it and add what is missing. It is decided when both sides were heard.',
  }),
  'dispute.decided': (facts) => ({
    title: `Your dispute about ${job(facts, 'one of your bookings')} was decided`,
    message: 'The money moves as decided. You find the decision and its reason with your booking.',
  }),
  'dispute.withdrawn': (facts) => ({
    title: `The dispute about ${job(facts, 'one of your bookings')} was withdrawn`,
    message: 'The booking goes on where it was. Delivered work can be looked at for another day at least.',
  }),
  'review.submitted': (facts) => ({
    title: `${facts.person ?? 'Somebody you worked with'} reviewed you`,
    message: `${ifKnown(facts.rating === undefined ? undefined : String(facts.rating), (stars) => `${stars} of 5 stars for ${job(facts)}. `)}Read what they wrote${facts.rating === undefined ? ` about ${job(facts)}` : ''}.`,
  }),
} satisfies Partial<Texts>;
