import { accounts, admin, bookings, contractors, disputes, type File, files, jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchAs, pdf, photo, uploadOne } from '../../test/files.ts';
import { activeBooking, postJob, refusal, requestBooking } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { openPlace, type Place, places } from '../../test/places.ts';
import { startWorld, type World } from '../../test/world.ts';
import { minuteMs } from '../clock.ts';

// The same on both: who may see a file, and how it is answered, has nothing to do with where its bytes are.
describe.each(places)('on %s', (place) => {
  let storage: Place;
  let world: World;
  let ada: Person;
  let carl: Person;
  let stranger: Person;
  let grace: Person;
  beforeAll(async () => {
    storage = await openPlace(place);
    world = await startWorld({ config: storage.config });
    ada = await createPerson(world, { role: 'customer' });
    carl = await createPerson(world, { role: 'contractor' });
    grace = await createPerson(world, { role: 'admin' });
  });
  afterAll(async () => {
    await world.stop();
    await storage.close();
  });
  beforeEach(async () => {
    await forgetRateLimits(world);
    stranger = await createPerson(world, { role: 'contractor' });
  });

  const status = async (person: Person | undefined, path: string, init?: RequestInit) => {
    const response = await fetchAs(world, person, path, init);
    await response.bytes();
    return response.status;
  };

  /** Every way in which somebody could try to get at a file. */
  async function everyWay(person: Person | undefined, file: File): Promise<number[]> {
    const own = `${file.path}?variant=small`;
    const tampered = file.url!.replace(/viewer=[^&]*/, `viewer=${person?.id ?? stranger.id}`);
    return Promise.all([
      status(person, file.path),
      status(person, file.path, { method: 'HEAD' }),
      status(person, file.path, { headers: { range: 'bytes=0-9' } }),
      status(person, own),
      status(person, own, { method: 'HEAD' }),
      status(person, tampered),
      status(person, `${file.url}&variant=large`),
      status(person, file.url!.replace('viewer=', 'variant=large&viewer=')),
      status(person, file.path, { headers: { 'if-none-match': '*' } }),
    ]);
  }

  const isMissing = (statuses: number[]) => {
    // A link with a field twice does not fit the schema, and says nothing about the file either.
    for (const one of statuses) expect([404, 400]).toContain(one);
    expect(statuses.filter((one) => one === 404).length).toBeGreaterThanOrEqual(statuses.length - 1);
  };

  describe('a stranger gets 404 in every way', () => {
    test('for the files of a job that is off the market', async () => {
      const job = await postJob(ada);
      const file = await uploadOne(ada, { purpose: 'job', objectId: job.id }, await photo());
      expect(await status(stranger, file.path)).toBe(200);
      await ada.client.call(jobs.cancel, { params: { id: job.id } });
      isMissing(await everyWay(stranger, file));
      isMissing(await everyWay(undefined, file));
      expect(await status(ada, file.path)).toBe(200);
      expect(await status(grace, file.path)).toBe(200);
      expect(await refusal(stranger.client.call(files.ofJob, { params: { id: job.id } }))).toBe('not_found');
      expect(
        await refusal(stranger.client.call(files.describe, { params: { filename: file.filename } })),
      ).toBe('not_found');
    });

    test('for proof of work, which both sides of the booking see', async () => {
      const booking = await activeBooking(world, ada, carl);
      const file = await uploadOne(carl, { purpose: 'proof', objectId: booking.id }, await photo());
      for (const person of [ada, carl, grace]) expect(await status(person, file.path)).toBe(200);
      isMissing(await everyWay(stranger, file));
      const { items } = await ada.client.call(files.ofBooking, { params: { id: booking.id } });
      expect(items.map(({ filename }) => filename)).toEqual([file.filename]);
      // The link in the list is the customer's own.
      expect(await status(undefined, items[0]!.url!)).toBe(200);
      expect(await refusal(stranger.client.call(files.ofBooking, { params: { id: booking.id } }))).toBe(
        'not_found',
      );
    });

    test('for a file that is attached to nothing yet', async () => {
      const file = await uploadOne(ada, { purpose: 'chat' }, pdf());
      isMissing(await everyWay(stranger, file));
      expect(await status(ada, file.path)).toBe(200);
    });
  });

  describe('a signed link', () => {
    test('works without a token, for its file, variant and five minutes only', async () => {
      const file = await uploadOne(ada, { purpose: 'chat' }, await photo());
      const other = await uploadOne(ada, { purpose: 'chat' }, await photo());
      expect(await status(undefined, file.url!)).toBe(200);
      expect(await status(undefined, file.picture!.small!)).toBe(200);
      expect(await status(undefined, file.url!, { method: 'HEAD' })).toBe(200);
      expect(await status(undefined, file.url!.replace(file.filename, other.filename))).toBe(404);
      expect(await status(undefined, `${file.url}&variant=small`)).toBe(404);
      expect(await status(undefined, file.url!.replace(/expires=\d+/, 'expires=9999999999'))).toBe(404);
      const flipped = file.url!.replace(
        /signature=(.)/,
        (_all, one) => `signature=${one === 'A' ? 'B' : 'A'}`,
      );
      expect(await status(undefined, flipped)).toBe(404);
      world.clock.advance(5 * minuteMs);
      expect(await status(undefined, file.url!)).toBe(404);
      const fresh = await ada.client.call(files.describe, { params: { filename: file.filename } });
      expect(await status(undefined, fresh.url!)).toBe(200);
    });

    test('ends with the membership of its reader, and with the right to see the file', async () => {
      const job = await postJob(ada);
      await uploadOne(ada, { purpose: 'job', objectId: job.id }, await photo());
      const linkFor = async (person: Person) =>
        (await person.client.call(files.ofJob, { params: { id: job.id } })).items[0]!.url!;
      const suspended = await linkFor(stranger);
      const other = await createPerson(world, { role: 'contractor' });
      const removed = await linkFor(other);
      expect([await status(undefined, suspended), await status(undefined, removed)]).toEqual([200, 200]);
      const now = world.ctx.clock.now();
      await world.ctx.db
        .updateTable('users')
        .set({ suspended_at: now })
        .where('id', '=', stranger.id)
        .execute();
      await other.client.call(accounts.deleteMe, { body: { currentPassword: other.password } });
      for (const link of [suspended, removed]) {
        expect(await status(undefined, link)).toBe(404);
        expect(await status(undefined, link, { method: 'HEAD' })).toBe(404);
        expect(await status(undefined, link, { headers: { range: 'bytes=0-1' } })).toBe(404);
      }
      const reader = await createPerson(world, { role: 'contractor' });
      const link = await linkFor(reader);
      await ada.client.call(jobs.cancel, { params: { id: job.id } });
      expect(await status(undefined, link)).toBe(404);
    });

    test('ends when the file is deleted', async () => {
      const file = await uploadOne(ada, { purpose: 'chat' }, await photo());
      await ada.client.call(files.remove, { params: { filename: file.filename } });
      for (const path of [file.url!, file.picture!.small!, file.path])
        expect(await status(ada, path)).toBe(404);
    });
  });

  describe('what anybody sees', () => {
    test("is a person's picture: the newest, in the account, on the page and at a lasting address", async () => {
      await carl.client.call(contractors.saveProfile, { body: profile });
      const first = await uploadOne(carl, { purpose: 'profile' }, await photo());
      const second = await uploadOne(carl, { purpose: 'profile' }, await photo(400, 600));
      expect(await status(undefined, first.url!)).toBe(404);
      expect(await status(undefined, second.url!)).toBe(200);
      const me = await carl.client.call(accounts.me);
      expect(me.picture).toMatchObject({ filename: second.filename, url: second.path });
      const page = await world.client.call(contractors.page, { params: { id: carl.id } });
      expect(page.picture).toEqual(me.picture);
      const answer = await fetchAs(world, undefined, `/api/users/${carl.id}/picture`);
      expect([answer.status, answer.headers.get('location')]).toEqual([302, me.picture!.small]);
      expect(await status(undefined, me.picture!.small)).toBe(200);
      expect(await status(undefined, `/api/users/${stranger.id}/picture`)).toBe(404);
    });

    test("is nobody's any more once they are suspended or gone", async () => {
      const member = await createPerson(world, { role: 'customer' });
      const { path } = await uploadOne(member, { purpose: 'profile' }, await photo());
      const now = world.ctx.clock.now();
      const suspend = (at: Date | null) =>
        world.ctx.db.updateTable('users').set({ suspended_at: at }).where('id', '=', member.id).execute();
      await suspend(now);
      expect(await status(undefined, path)).toBe(404);
      expect(await status(undefined, `/api/users/${member.id}/picture`)).toBe(404);
      await suspend(null);
      expect(await status(undefined, path)).toBe(200);
      await member.client.call(accounts.deleteMe, { body: { currentPassword: member.password } });
      expect(await status(undefined, path)).toBe(404);
    });

    test('is a portfolio, in the order and with the captions its contractor gave', async () => {
      const owner = await createPerson(world, { role: 'contractor' });
      await owner.client.call(contractors.saveProfile, { body: profile });
      const one = await uploadOne(owner, { purpose: 'portfolio', caption: 'Before' }, await photo());
      const two = await uploadOne(owner, { purpose: 'portfolio' }, await photo());
      const shown = async () =>
        (await world.client.call(files.portfolio, { params: { id: owner.id } })).items.map(
          ({ filename, caption }) => [filename, caption],
        );
      expect(await shown()).toEqual([
        [one.filename, 'Before'],
        [two.filename, null],
      ]);
      const items = [
        { filename: two.filename, caption: 'After' },
        { filename: one.filename, caption: null },
      ];
      await owner.client.call(files.arrangePortfolio, { body: { items } });
      expect(await shown()).toEqual([
        [two.filename, 'After'],
        [one.filename, null],
      ]);
      const third = await uploadOne(owner, { purpose: 'portfolio' }, await photo());
      expect((await shown()).at(-1)).toEqual([third.filename, null]);
      for (const wrong of [items, [items[0]!, items[0]!, items[1]!], []])
        expect(await refusal(owner.client.call(files.arrangePortfolio, { body: { items: wrong } }))).toBe(
          'conflict',
        );
      expect(await refusal(stranger.client.call(files.arrangePortfolio, { body: { items } }))).toBe(
        'conflict',
      );
      expect(await refusal(uploadOne(ada, { purpose: 'portfolio' }, await photo()))).toBe('forbidden');
    });
  });

  describe('who may put a file where', () => {
    test('is decided by the object, at the upload and when it is attached', async () => {
      const job = await postJob(ada);
      const other = await createPerson(world, { role: 'customer' });
      expect(await refusal(uploadOne(other, { purpose: 'job', objectId: job.id }, await photo()))).toBe(
        'not_found',
      );
      const file = await uploadOne(other, { purpose: 'job' }, await photo());
      const attach = (person: Person, objectId: string) =>
        person.client.call(files.attach, { params: { filename: file.filename }, body: { objectId } });
      expect(await refusal(attach(other, job.id))).toBe('not_found');
      expect(await refusal(attach(ada, job.id))).toBe('not_found');
      const own = await postJob(other);
      expect(await attach(other, own.id)).toMatchObject({ objectId: own.id, state: 'available' });
      expect(await refusal(attach(other, own.id))).toBe('conflict');
      await other.client.call(jobs.cancel, { params: { id: own.id } });
      expect(await refusal(uploadOne(other, { purpose: 'job', objectId: own.id }, await photo()))).toBe(
        'conflict',
      );
    });

    test('proof comes from the contractor while the work is under way', async () => {
      const requested = await requestBooking(ada, carl);
      expect(
        await refusal(uploadOne(carl, { purpose: 'proof', objectId: requested.id }, await photo())),
      ).toBe('conflict');
      const booking = await activeBooking(world, ada, carl);
      expect(await refusal(uploadOne(ada, { purpose: 'proof', objectId: booking.id }, await photo()))).toBe(
        'forbidden',
      );
      expect(
        await refusal(uploadOne(stranger, { purpose: 'proof', objectId: booking.id }, await photo())),
      ).toBe('not_found');
      await carl.client.call(bookings.deliver, { params: { id: booking.id }, body: { note: 'Done.' } });
      await uploadOne(carl, { purpose: 'proof', objectId: booking.id }, await photo());
    });

    test('evidence is a word of its side: it answers the dispute, and both sides and admins see it', async () => {
      const booking = await activeBooking(world, ada, carl);
      const body = { reason: 'poor_quality' as const, description: 'One coat only.' };
      const dispute = await ada.client.call(disputes.open, { params: { id: booking.id }, body });
      const file = await uploadOne(
        carl,
        { purpose: 'evidence', objectId: dispute.id, caption: 'Two coats' },
        await photo(),
      );
      for (const person of [ada, carl]) {
        const seen = await person.client.call(disputes.get, { params: { id: dispute.id } });
        expect(seen.state).toBe('answered');
        expect(seen.evidence).toMatchObject([
          { side: 'contractor', kind: 'file', text: 'Two coats', file: { filename: file.filename } },
        ]);
        expect(await status(undefined, seen.evidence[0]!.file!.url!)).toBe(200);
      }
      const forAdmin = await grace.client.call(disputes.getFile, { params: { id: dispute.id } });
      expect(await status(undefined, forAdmin.dispute.evidence[0]!.file!.url!)).toBe(200);
      expect(
        await refusal(uploadOne(stranger, { purpose: 'evidence', objectId: dispute.id }, await photo())),
      ).toBe('not_found');
      isMissing(await everyWay(stranger, file));
      expect(await refusal(carl.client.call(files.remove, { params: { filename: file.filename } }))).toBe(
        'conflict',
      );
    });
  });

  describe('deleting', () => {
    const remove = (person: Person, file: File) =>
      person.client.call(files.remove, { params: { filename: file.filename } });

    test('is for the uploader and for admins', async () => {
      const job = await postJob(ada);
      const [one, two] = [
        await uploadOne(ada, { purpose: 'job', objectId: job.id }, await photo()),
        await uploadOne(ada, { purpose: 'job', objectId: job.id }, await photo()),
      ];
      expect(await refusal(remove(stranger, one))).toBe('not_found');
      await remove(ada, one);
      expect(await refusal(remove(ada, one))).toBe('not_found');
      await remove(grace, two);
      const { items } = await grace.client.call(admin.listActions, { query: { limit: '1' } });
      expect(items).toMatchObject([{ action: 'file.remove', subject: two.filename }]);
      expect((await ada.client.call(files.ofJob, { params: { id: job.id } })).items).toEqual([]);
    });

    test('proof stays from delivery until the money is where it stays', async () => {
      const booking = await activeBooking(world, ada, carl);
      const early = await uploadOne(carl, { purpose: 'proof', objectId: booking.id }, await photo());
      await remove(carl, early);
      const proof = await uploadOne(carl, { purpose: 'proof', objectId: booking.id }, await photo());
      await carl.client.call(bookings.deliver, { params: { id: booking.id }, body: { note: 'Done.' } });
      expect(await refusal(remove(carl, proof))).toBe('conflict');
      expect(await refusal(remove(grace, proof))).toBe('conflict');
      await world.ctx.db
        .updateTable('payments')
        .set({ status: 'refunded' })
        .where('booking_id', '=', booking.id)
        .execute();
      await remove(carl, proof);
    });
  });
});

const profile = {
  headline: 'Painter of kitchens',
  bio: '',
  categories: ['painting' as const],
  skills: [],
  serviceCentre: { lat: 48.2, lng: 16.37 },
  serviceRadiusKm: 30,
  hourlyRate: null,
};
