import { type Facts, ifKnown } from './facts.ts';
import type { Texts } from './language.ts';

const job = (facts: Facts, otherwise = 'Ihren Auftrag') =>
  ifKnown(facts.job, (one) => `„${one}“`) || otherwise;

const whatToDo = {
  customer: 'Nehmen Sie die Arbeit an, oder sagen Sie, was nicht stimmt',
  contractor: 'Erledigen Sie die Arbeit, oder vervollständigen Sie Ihr Auszahlungskonto',
  either: 'Erledigen Sie die Arbeit, nehmen Sie sie an, oder vervollständigen Sie Ihr Auszahlungskonto',
};

/** Payments, what a bank takes back, and withdrawals. */
export const moneyTexts = {
  'payment.received': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `${facts.person ?? 'Ihr Auftraggeber'} hat für ${job(facts)} bezahlt`,
          message: `${facts.amount ?? 'Das Geld'} wird für Sie zurückgehalten: Sie können beginnen. Freigegeben wird es, wenn die Arbeit angenommen ist.`,
        }
      : {
          title: `Ihre Zahlung für ${job(facts)} ist angekommen`,
          message: `Wir halten ${facts.amount ?? 'sie'} zurück, bis die Arbeit getan ist und Sie zufrieden sind${ifKnown(facts.person, (one) => `; ${one} kann jetzt beginnen`)}.`,
        },
  'payment.released': (facts) =>
    facts.side === 'customer'
      ? {
          title: `Ihre Zahlung für ${job(facts)} wurde freigegeben`,
          message: `${facts.amount ?? 'Das Geld'} ging an ${facts.person ?? 'Ihren Auftragnehmer'}. Den Beleg finden Sie bei der Zahlung.`,
        }
      : {
          title: `${facts.amount ?? 'Ihr Geld'} für ${job(facts)} wurde freigegeben`,
          message: 'Es ist auf Ihrem Guthaben. Sie können es jederzeit auf Ihre Bank auszahlen.',
        },
  'payment.refunded': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `Die Zahlung für ${job(facts)} wurde zurückgezahlt`,
          message: `${facts.amount ?? 'Geld'} geht zurück an ${facts.person ?? 'Ihren Auftraggeber'}. Was das für Sie bedeutet, finden Sie bei Ihrem Guthaben.`,
        }
      : {
          title: `Sie erhalten ${facts.amount ?? 'Ihr Geld'} für ${job(facts)} zurück`,
          message:
            'Die Rückzahlung ist unterwegs zu der Karte, die bezahlt hat. Banken zeigen sie nach fünf bis zehn Tagen an.',
        },
  'payment.hold_ending': (facts) => ({
    title: `Das Geld für ${job(facts, 'eine Ihrer Buchungen')} kann nicht mehr lange zurückgehalten werden`,
    message: `${whatToDo[facts.side ?? 'either']}${ifKnown(facts.deadline, (when) => `, bis ${when}`)}. Geschieht nichts, entscheidet die Plattform nach ihren Regeln.`,
  }),
  'refund.failed': (facts) => ({
    title: `Ihre Rückzahlung${ifKnown(facts.amount, (one) => ` von ${one}`)} kam bei Ihrer Bank nicht an`,
    message:
      'Ihre Bank hat sie an uns zurückgeschickt. Das Geld gehört weiter Ihnen, und wir kümmern uns darum. Haben Sie eine neue Karte, sagen Sie unserem Support, wohin es soll.',
  }),
  'chargeback.opened': (facts) => ({
    title: `Eine Bank beanstandet die Zahlung für ${job(facts, 'eine Ihrer Buchungen')}`,
    message: `${facts.amount ?? 'Das Geld'} bleibt, wo es ist, oder wurde zurückgeholt, bis die Bank entschieden hat. Bewahren Sie auf, was die Arbeit belegt: Damit antworten wir der Bank.`,
  }),
  'chargeback.decided': (facts) => ({
    title: `Die Bank hat über die Zahlung für ${job(facts, 'eine Ihrer Buchungen')} entschieden`,
    message: 'Was das für Ihr Geld bedeutet, finden Sie bei der Zahlung und bei Ihrem Guthaben.',
  }),
  'payout.paid': (facts) => ({
    title: `${facts.amount ?? 'Ihr Geld'} wurde an Ihre Bank ausgezahlt`,
    message: 'Ihre Auszahlung ist angekommen. Manche Banken zeigen sie erst am nächsten Tag an.',
  }),
  'payout.failed': (facts) => ({
    title: `Ihre Auszahlung${ifKnown(facts.amount, (one) => ` von ${one}`)} ist gescheitert`,
    message:
      'Ihre Bank hat sie nicht angenommen, und das Geld ist wieder auf Ihrem Guthaben. Prüfen Sie Ihre Bankverbindung und versuchen Sie es dann noch einmal.',
  }),
  'payout.onboarding': () => ({
    title: 'Ihr Auszahlungskonto braucht noch etwas von Ihnen',
    message:
      'Bis unser Zahlungsdienst es hat, können wir Ihnen nichts auszahlen. Öffnen Sie Ihre Auszahlungen und ergänzen Sie, was fehlt.',
  }),
} satisfies Partial<Texts>;
