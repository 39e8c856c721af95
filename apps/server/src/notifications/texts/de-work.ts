import { type Facts, ifKnown } from './facts.ts';
import type { Texts } from './language.ts';

const job = (facts: Facts, otherwise = 'Ihren Auftrag') =>
  ifKnown(facts.job, (one) => `„${one}“`) || otherwise;
const other = (facts: Facts) =>
  facts.person ?? (facts.side === 'contractor' ? 'Ihr Auftraggeber' : 'Ihr Auftragnehmer');

/** From the job to the review. */
export const workTexts = {
  'job.posted': (facts) => ({
    title: `Neuer Auftrag: ${facts.job ?? 'etwas für Sie'}`,
    message: `Jemand wie Sie wird gesucht${ifKnown(facts.city, (city) => ` in ${city}`)}${ifKnown(facts.amount, (amount) => `, für ${amount}`)}. Sehen Sie sich den Auftrag an und bewerben Sie sich, solange er offen ist.`,
  }),
  'application.received': (facts) => ({
    title: `${facts.person ?? 'Jemand'} bewirbt sich für ${job(facts)}`,
    message: `${ifKnown(facts.amount, (amount) => `Das Angebot: ${amount}. `)}Lesen Sie die Bewerbung, fragen Sie nach, und buchen Sie, wenn es passt.`,
  }),
  'booking.requested': (facts) => ({
    title: `${facts.person ?? 'Jemand'} möchte Sie buchen`,
    message: `Es geht um ${job(facts, 'einen Auftrag')}${ifKnown(facts.amount, (amount) => ` für ${amount}`)}. Sagen Sie${ifKnown(facts.deadline, (when) => ` bis ${when}`)} zu oder ab; ohne Antwort läuft die Anfrage ab.`,
  }),
  'booking.confirmed': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `Ihre Buchung für ${job(facts, 'einen Auftrag')} ist bestätigt`,
          message: `Sobald ${other(facts)} bezahlt hat, hören Sie von uns. Bitte beginnen Sie erst dann.`,
        }
      : {
          title: `${other(facts)} hat Ihre Buchung bestätigt`,
          message: `Bezahlen Sie${ifKnown(facts.amount, (amount) => ` ${amount}`)} für ${job(facts)}${ifKnown(facts.deadline, (when) => ` bis ${when}`)}, damit die Arbeit beginnen kann. Wir halten das Geld zurück, bis Sie zufrieden sind.`,
        },
  'booking.declined': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `Die Buchung für ${job(facts, 'einen Auftrag')} wurde abgelehnt`,
          message: 'Es gibt dafür nichts mehr zu tun.',
        }
      : {
          title: `${other(facts)} kann ${job(facts)} nicht übernehmen`,
          message:
            'Die Buchung wurde abgelehnt und nichts abgebucht. Ihr Auftrag ist wieder offen: Wählen Sie jemand anderen.',
        },
  'booking.expired': (facts) => ({
    title: `Die Buchung für ${job(facts, 'einen Auftrag')} ist abgelaufen`,
    message:
      facts.side === 'contractor'
        ? 'Sie wurde nicht rechtzeitig bestätigt oder bezahlt; Sie sind wieder frei.'
        : 'Sie wurde nicht rechtzeitig bestätigt oder bezahlt, und nichts wurde abgebucht. Sie können jederzeit wieder buchen.',
  }),
  'booking.cancelled': (facts) => ({
    title: `Die Buchung für ${job(facts, 'einen Auftrag')} wurde storniert`,
    message:
      facts.side === 'contractor'
        ? 'Bitte beginnen Sie nicht mit der Arbeit. Steht Ihnen eine Stornogebühr zu, kommt sie von selbst auf Ihr Guthaben.'
        : 'Was Sie bezahlt haben, kommt zurück, abzüglich einer Gebühr, wenn die Bedingungen der Buchung eine vorsehen. Sie finden beides bei der Buchung.',
  }),
  'booking.delivered': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `Sie haben ${job(facts, 'die Arbeit')} als erledigt gemeldet`,
          message: `Jetzt sieht ${other(facts)} sie an${ifKnown(facts.deadline, (when) => `; am ${when} gilt sie von selbst als angenommen`)}.`,
        }
      : {
          title: `${other(facts)} hat ${job(facts)} erledigt`,
          message: `Bitte sehen Sie sich die Arbeit an: Nehmen Sie sie an, oder sagen Sie, was nicht stimmt${ifKnown(facts.deadline, (when) => `, bis ${when}`)}. Danach gilt sie als angenommen, und das Geld wird freigegeben.`,
        },
  'booking.completed': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `${job(facts, 'Ihr Auftrag')} ist abgeschlossen`,
          message: `Gut gemacht! ${facts.amount ?? 'Das Geld'} kommt auf Ihr Guthaben. Sagen Sie, wie die Zusammenarbeit war.`,
        }
      : {
          title: `${job(facts, 'Ihr Auftrag')} ist abgeschlossen`,
          message: `Danke! Das Geld geht an ${facts.person ?? 'Ihren Auftragnehmer'}. Sagen Sie, wie es war: Eine Bewertung hilft anderen bei der Wahl.`,
        },
  'message.received': (facts) => ({
    title:
      facts.count > 1
        ? `${facts.count} neue Nachrichten${ifKnown(facts.person, (one) => ` von ${one}`)}`
        : (facts.person ?? 'Eine neue Nachricht'),
    message:
      facts.preview ?? (facts.count > 1 ? 'Öffnen Sie den Chat, um sie zu lesen.' : 'Hat Ihnen geschrieben.'),
  }),
  'dispute.opened': (facts) => ({
    title: `Ein Streitfall über ${job(facts, 'eine Ihrer Buchungen')} wurde eröffnet`,
    // Who opened it is told as well, and has nothing to answer: then nobody is named.
    message:
      facts.person === undefined
        ? 'Das Geld bleibt, wo es ist, bis der Streitfall entschieden ist. Sagen Sie, was geschehen ist, und legen Sie Belege vor.'
        : `${facts.person} sagt, dass etwas nicht stimmt. Das Geld bleibt, wo es ist. Antworten Sie${ifKnown(facts.deadline, (when) => ` bis ${when}`)} und legen Sie Belege vor: Wer schweigt, verliert den Streitfall.`,
  }),
  'dispute.answered': (facts) => ({
    title: `In Ihrem Streitfall über ${job(facts, 'eine Ihrer Buchungen')} gibt es eine Antwort`,
    message: 'Lesen Sie sie und ergänzen Sie, was fehlt. Entschieden wird, wenn beide Seiten gehört wurden.',
  }),
  'dispute.decided': (facts) => ({
    title: `Ihr Streitfall über ${job(facts, 'eine Ihrer Buchungen')} wurde entschieden`,
    message:
      'Das Geld geht den entschiedenen Weg. Sie finden die Entscheidung und ihren Grund bei der Buchung.',
  }),
  'dispute.withdrawn': (facts) => ({
    title: `Der Streitfall über ${job(facts, 'eine Ihrer Buchungen')} wurde zurückgezogen`,
    message:
      'Die Buchung geht weiter, wo sie war. Erledigte Arbeit kann noch mindestens einen Tag lang angesehen werden.',
  }),
  'review.submitted': (facts) => ({
    title: `${facts.person ?? 'Jemand, mit dem Sie gearbeitet haben,'} hat Sie bewertet`,
    message: `${ifKnown(facts.rating === undefined ? undefined : String(facts.rating), (stars) => `${stars} von 5 Sternen für ${job(facts)}. `)}Lesen Sie die Bewertung${facts.rating === undefined ? ` für ${job(facts)}` : ''}.`,
  }),
} satisfies Partial<Texts>;
