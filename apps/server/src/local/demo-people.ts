import { ApiError, type Client, createClient } from '@holdfast/client';
import { accounts, contractors, type JobInput, jobs } from '@holdfast/contract';
import type { Db } from '../db/connect.ts';
import type { Mailbox } from './mailbox.ts';

export const demoPassword = 'holdfast demo 2026';

type DemoPerson = { name: string; email: string; role: 'customer' | 'contractor' };

export const demoPeople: DemoPerson[] = [
  { name: 'Clara Customer', email: 'clara@demo.example', role: 'customer' },
  { name: 'Conrad Contractor', email: 'conrad@demo.example', role: 'contractor' },
  { name: 'Petra Painter', email: 'petra@demo.example', role: 'contractor' },
];

const vienna = { lat: 48.2082, lng: 16.3738 };

const demoJobs: JobInput[] = [
  {
    title: 'Repaint a kitchen',
    description: 'Two walls and the ceiling, about 30 square metres. The paint is here already.',
    category: 'painting',
    budget: { amount: 45_000, currency: 'eur' },
    place: { address: 'Neubaugasse 12/4', city: 'Vienna', lat: 48.20174, lng: 16.34901 },
  },
  {
    title: 'Dripping tap in the bathroom',
    description: 'The tap has been dripping for a week. It is a single-lever mixer, about ten years old.',
    category: 'plumbing',
    budget: { amount: 12_000, currency: 'eur' },
    place: { address: 'Praterstrasse 40', city: 'Vienna', lat: 48.21653, lng: 16.38842 },
  },
  {
    title: 'Assemble a garden shed',
    description: 'A wooden kit, three by two metres, on a foundation that is ready. Tools are there.',
    category: 'carpentry',
    budget: { amount: 30_000, currency: 'usd' },
    place: { address: '1200 Sunset Blvd', city: 'Los Angeles', lat: 34.07696, lng: -118.25472 },
  },
];

/**
 * Signs up the demo people and posts their jobs, through the API like anybody else, unless that was done before.
 * Cut off in the middle, it goes on at the next start.
 */
export async function createDemoPeople(apiUrl: string, mailbox: Mailbox, db: Db): Promise<void> {
  if (await isComplete(db)) return;
  const client = createClient(apiUrl);
  for (const person of demoPeople) {
    const signedIn = (await signIn(client, person)) ?? (await signUp(client, mailbox, person));
    await (person.role === 'customer' ? postJobs(signedIn) : writeProfile(signedIn, person));
  }
}

/** The last person's profile is the last thing that is written. */
async function isComplete(db: Db): Promise<boolean> {
  const last = await db
    .selectFrom('contractor_profiles')
    .innerJoin('users', 'users.id', 'contractor_profiles.user_id')
    .select('users.id')
    .where('users.email', '=', demoPeople.at(-1)!.email)
    .executeTakeFirst();
  return last !== undefined;
}

async function signIn(client: Client, person: DemoPerson): Promise<Client | undefined> {
  try {
    const { accessToken } = await client.call(accounts.login, {
      body: { email: person.email, password: demoPassword },
    });
    return client.as(accessToken);
  } catch (error) {
    if (error instanceof ApiError && error.problem.code === 'invalid_credentials') return undefined;
    throw error;
  }
}

/** Registers, reads the code from the mailbox, and verifies, like a person with a mail program. */
export async function signUp(client: Client, mailbox: Mailbox, person: DemoPerson): Promise<Client> {
  const seen = new Set(mailbox.messages().map((mail) => mail.id));
  const { userId } = await client.call(accounts.register, {
    body: { ...person, password: demoPassword, locale: 'en', timeZone: 'Europe/Vienna' },
  });
  const mail = await mailbox.waitFor((one) => !seen.has(one.id) && one.to.includes(person.email), 20_000);
  const code = /\b\d{6}\b/.exec(mail.text)?.[0] ?? '';
  const { accessToken } = await client.call(accounts.verifyEmail, { body: { userId, code } });
  return client.as(accessToken);
}

async function postJobs(customer: Client): Promise<void> {
  const own = await customer.call(jobs.listOwn, { query: {} });
  if (own.items.length > 0) return;
  for (const body of demoJobs) await customer.call(jobs.create, { body });
}

async function writeProfile(contractor: Client, person: DemoPerson): Promise<void> {
  const isPainter = person.name.startsWith('Petra');
  await contractor.call(contractors.saveProfile, {
    body: {
      headline: isPainter
        ? 'Walls, ceilings and a tidy floor afterwards'
        : 'Plumbing and everything around the house',
      bio: 'A demo contractor.',
      categories: isPainter ? ['painting'] : ['plumbing', 'carpentry', 'painting'],
      skills: isPainter ? ['interior walls'] : ['taps', 'sheds'],
      serviceCentre: vienna,
      serviceRadiusKm: 50,
      hourlyRate: { amount: 5500, currency: 'eur' },
    },
  });
}
