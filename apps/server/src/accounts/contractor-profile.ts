import type { ContractorPage, ContractorProfile, contractors, InputOf } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { notFound } from '../errors.ts';
import { picturesOf } from '../files/files.ts';
import type { Actor } from '../http/authenticate.ts';
import { requireActive } from './people.ts';
import { type ProfileRow, presentPage, presentProfile, type UserRow } from './present.ts';

/** Writes the actor's contractor profile, all of it at once. */
export async function saveProfile(
  ctx: Ctx,
  actor: Actor,
  input: InputOf<typeof contractors.saveProfile>['body'],
): Promise<ContractorProfile> {
  const now = ctx.clock.now();
  const values = {
    headline: input.headline,
    bio: input.bio,
    categories: input.categories,
    skills: input.skills,
    centre_lat: input.serviceCentre.lat,
    centre_lng: input.serviceCentre.lng,
    radius_km: input.serviceRadiusKm,
    hourly_rate_minor: input.hourlyRate?.amount ?? null,
    hourly_rate_currency: input.hourlyRate?.currency ?? null,
    updated_at: now,
  };
  return inTransaction(ctx.db, async (tx) => {
    // Against a deletion of the account at the same moment, which would leave the new profile behind.
    const user = await requireActive(tx, actor.userId);
    const profile = await tx
      .insertInto('contractor_profiles')
      .values({ user_id: actor.userId, created_at: now, ...values })
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
      .returningAll()
      .executeTakeFirstOrThrow();
    return presentProfile(user, profile);
  });
}

/** The actor's own profile. Throws not_found until it has been written. */
export async function readOwnProfile(ctx: Ctx, actor: Actor): Promise<ContractorProfile> {
  const found = await findProfile(ctx.db, actor.userId);
  if (found === undefined) throw notFound('contractor profile');
  return presentProfile(found.user, found.profile);
}

/** The public page of a contractor who has a profile and may work. Throws not_found. */
export async function readContractorPage(ctx: Ctx, userId: string): Promise<ContractorPage> {
  const found = await findProfile(ctx.db, userId);
  if (found === undefined || found.user.suspended_at !== null) throw notFound('contractor');
  return presentPage(found.user, found.profile, (await picturesOf(ctx.db, [userId])).get(userId));
}

/** Account and profile of a contractor, or undefined; with the exact centre, so not for the eyes of others. */
export async function findProfile(
  db: Db | Tx,
  userId: string,
): Promise<{ user: UserRow; profile: ProfileRow } | undefined> {
  const profile = await db
    .selectFrom('contractor_profiles')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (profile === undefined) return undefined;
  const user = await db
    .selectFrom('users')
    .selectAll()
    .where('id', '=', userId)
    .where('role', '=', 'contractor')
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return user === undefined ? undefined : { user, profile };
}
